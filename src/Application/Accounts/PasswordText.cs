using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Prepares a password by the OpaqueString profile of RFC 8265, section 4.2, so that it does not depend on how a keyboard or an operating
/// system encodes it. Case, accents and all other characters stay unchanged.
/// </summary>
public static class PasswordText
{
    /// <summary>The minimum length of a new password, in code points.</summary>
    public const int MinLength = 8;

    /// <summary>The maximum length of a password, in code points.</summary>
    public const int MaxLength = 128;

    /// <summary>Returns the text to hash: every kind of space becomes U+0020, and the text is in normalization form C.</summary>
    public static string Prepare(string password)
    {
        if (!UnicodeText.MayHave(password, MaxLength))
            return password;

        var spaced = new StringBuilder(password.Length);
        foreach (var character in password)
            spaced.Append(char.GetUnicodeCategory(character) == UnicodeCategory.SpaceSeparator ? ' ' : character);

        return UnicodeText.ToNfc(spaced.ToString());
    }

    /// <summary>Whether a user may choose a password: 8 to 128 characters.</summary>
    public static bool IsAcceptable(string password) => LengthOf(password) is >= MinLength and <= MaxLength;

    /// <summary>
    /// Whether a text can be the password of an existing account. Existing passwords may be shorter than the current minimum.
    /// </summary>
    public static bool IsPossible(string password) => LengthOf(password) is > 0 and <= MaxLength;

    /// <summary>Returns the length of the text to hash, in code points; 0 for text that cannot be a password.</summary>
    private static int LengthOf(string password) =>
        UnicodeText.MayHave(password, MaxLength) && UnicodeText.IsWellFormed(password) ? UnicodeText.CodePointsOf(Prepare(password)) : 0;
}
