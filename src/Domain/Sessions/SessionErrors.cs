using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

public static class SessionErrors
{
    /// <summary>
    /// The same error for an unknown account, a deactivated account and a wrong password, so that it does not reveal which accounts exist.
    /// </summary>
    public static readonly DomainError InvalidCredentials =
        new("auth.invalid_credentials", ErrorKind.Unauthenticated, "The e-mail address or the password is wrong.");

    /// <summary>The same error for every invalid refresh token: unknown, already used, expired or logged out.</summary>
    public static readonly DomainError InvalidRefreshToken =
        new("auth.invalid_refresh_token", ErrorKind.Unauthenticated, "The refresh token is invalid or expired. Log in again.");

    /// <summary>A 403 and not the 401 of a login, because the caller is authenticated and the token is valid.</summary>
    public static readonly DomainError WrongPassword =
        new("auth.wrong_password", ErrorKind.Forbidden, "The current password is wrong.");

    public static readonly DomainError NoPassword =
        new("auth.no_password", ErrorKind.Conflict, "This account signs in through an external provider and has no password here.");
}
