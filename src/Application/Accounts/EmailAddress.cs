using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

internal static class EmailAddress
{
    /// <summary>
    /// One @ with something on either side, no white space or control characters, at most 254 characters. Whether it exists,
    /// only a letter sent to it can tell.
    /// </summary>
    public static bool IsWellFormed(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);

        return at > 0
            && at < email.Length - 1
            && at == email.LastIndexOf('@')
            && email.Length <= User.EmailMaxLength
            && !email.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || char.IsSurrogate(character));
    }
}
