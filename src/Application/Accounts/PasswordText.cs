using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Prepares a password so that it is the same however a keyboard or an operating system writes it: the profile OpaqueString of RFC 8265, section
/// 4.2. Case, accents and every other character stay as they are.
/// </summary>
public static class PasswordText
{
    /// <summary>The shortest password that a user may choose, in code points.</summary>
    public const int MinLength = 8;

    /// <summary>The longest password, in code points.</summary>
    public const int MaxLength = 128;

    /// <summary>The text that is hashed: every kind of space is U+0020, in normalization form C.</summary>
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

    /// <summary>Whether a text can be the password of an existing account: those chosen earlier may be shorter than today's shortest.</summary>
    public static bool IsPossible(string password) => LengthOf(password) is > 0 and <= MaxLength;

    /// <summary>The length in code points of what is hashed; 0 for text that cannot be a password.</summary>
    private static int LengthOf(string password) =>
        UnicodeText.MayHave(password, MaxLength) && UnicodeText.IsWellFormed(password) ? UnicodeText.CodePointsOf(Prepare(password)) : 0;
}
