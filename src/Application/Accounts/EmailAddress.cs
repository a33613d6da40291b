using CleanMessaging.Domain.Text;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Validates and normalizes e-mail addresses, and defines which addresses identify the same account.</summary>
public static class EmailAddress
{
    /// <summary>Returns an address in its stored form: normalization form C, without leading and trailing white space.</summary>
    public static string Normalize(string email)
    {
        var trimmed = email.Trim();

        return UnicodeText.MayHave(trimmed, User.EmailMaxLength) ? UnicodeText.ToNfc(trimmed) : trimmed;
    }

    /// <summary>
    /// Returns the lookup key of an account, which is the same for an address in any case and any normalization form. The key is in upper
    /// case, because only upper case unifies the two lower-case forms of the Greek sigma.
    /// </summary>
    public static string KeyOf(string email)
    {
        var upper = Normalize(email).ToUpperInvariant();

        return UnicodeText.MayHave(upper, User.EmailMaxLength) ? UnicodeText.ToNfc(upper) : upper;
    }

    /// <summary>
    /// Returns the keys under which an account may be stored, the preferred one first. The second key is that of the address as it is
    /// written: earlier versions did not recognize different forms of an address as the same, and such accounts keep separate keys.
    /// </summary>
    public static IReadOnlyList<string> KeysOf(string email)
    {
        var (key, written) = (KeyOf(email), email.Trim().ToUpperInvariant());

        return written == key ? [key] : [written, key];
    }

    /// <summary>
    /// Whether a new account can have an address: one @ with text on both sides, at most 254 characters, all of them visible, none outside
    /// the Basic Multilingual Plane. Does not check whether the address exists; only an e-mail to it can show that.
    /// </summary>
    public static bool IsWellFormed(string email) =>
        IsPossible(email) && !Normalize(email).EnumerateRunes().Any(InvisibleCharacters.IsInvisible);

    /// <summary>
    /// Whether an existing account can have an address. Includes addresses with invisible characters, which earlier versions accepted.
    /// </summary>
    public static bool IsPossible(string email)
    {
        var address = Normalize(email);
        var at = address.IndexOf('@', StringComparison.Ordinal);

        return at > 0
            && at < address.Length - 1
            && at == address.LastIndexOf('@')
            && address.Length <= User.EmailMaxLength
            && !address.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || char.IsSurrogate(character));
    }
}
