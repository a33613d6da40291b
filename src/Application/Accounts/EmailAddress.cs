using CleanMessaging.Domain.Text;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Defines which e-mail addresses an account may have, and which of them are the same account.</summary>
public static class EmailAddress
{
    /// <summary>An address as it is stored: in form C, without white space at its ends.</summary>
    public static string Normalize(string email)
    {
        var trimmed = email.Trim();

        return UnicodeText.MayHave(trimmed, User.EmailMaxLength) ? UnicodeText.ToNfc(trimmed) : trimmed;
    }

    /// <summary>
    /// The key under which an account is found: the same for an address in any case and in any normalization form. Upper case, because that joins
    /// the two forms of the Greek sigma, which lower case does not.
    /// </summary>
    public static string KeyOf(string email)
    {
        var upper = Normalize(email).ToUpperInvariant();

        return UnicodeText.MayHave(upper, User.EmailMaxLength) ? UnicodeText.ToNfc(upper) : upper;
    }

    /// <summary>
    /// The keys under which an account may be stored, the preferred one first. In addition to <see cref="KeyOf"/> that is the key of the address as it is
    /// written: two accounts that were registered with two forms of one address, before those were recognized as the same, keep a key each.
    /// </summary>
    public static IReadOnlyList<string> KeysOf(string email)
    {
        var (key, written) = (KeyOf(email), email.Trim().ToUpperInvariant());

        return written == key ? [key] : [written, key];
    }

    /// <summary>
    /// Whether an address can be given to a new account: one @ with something on either side, at most 254 characters, all of them visible, none
    /// outside the Basic Multilingual Plane. Only a message sent to it can show whether it exists.
    /// </summary>
    public static bool IsWellFormed(string email) =>
        IsPossible(email) && !Normalize(email).EnumerateRunes().Any(InvisibleCharacters.IsInvisible);

    /// <summary>
    /// Whether an account can have an address: also one of the accounts that were registered while invisible characters were accepted.
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
