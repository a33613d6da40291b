using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

public static class SessionErrors
{
    /// <summary>One answer for an unknown account, a deactivated one and a wrong password, so that nobody learns who has an account.</summary>
    public static readonly DomainError InvalidCredentials =
        new("auth.invalid_credentials", ErrorKind.Unauthenticated, "The e-mail address or the password is wrong.");

    /// <summary>One answer for every refresh token that does not hold: unknown, used before, expired, logged out.</summary>
    public static readonly DomainError InvalidRefreshToken =
        new("auth.invalid_refresh_token", ErrorKind.Unauthenticated, "The refresh token does not hold. Log in again.");

    /// <summary>Not the 401 of a login: the caller is known, and their token holds.</summary>
    public static readonly DomainError WrongPassword =
        new("auth.wrong_password", ErrorKind.Forbidden, "The current password is wrong.");

    public static readonly DomainError NoPassword =
        new("auth.no_password", ErrorKind.Conflict, "This account signs in elsewhere and has no password here.");
}
