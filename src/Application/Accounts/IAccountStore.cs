using System.Net;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Who can sign in, and with which password.</summary>
public interface IAccountStore
{
    /// <summary>
    /// Derives what is stored of a password. Takes 100 ms and more of one core, on purpose, after waiting for a place where many ask;
    /// touches no database.
    /// </summary>
    /// <param name="clientAddress">Who asks: places are shared fairly by address.</param>
    Task<string> HashPasswordAsync(string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>
    /// The same for a new account, whose e-mail address is looked up first: registering says in any case that it is taken. Waits behind logins.
    /// </summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task<string> HashNewPasswordAsync(string email, string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>Makes an account, with an empty quota and a wallet, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task CreateAsync(User user, string passwordHash, long grantedPoints, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Makes an account without a password for a subject of an external issuer, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task CreateExternalAsync(User user, ExternalLogin login, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The user whom an external issuer knows as a subject, deactivated or not, or null.</summary>
    Task<User?> FindExternalAsync(ExternalLogin login, CancellationToken cancellationToken);

    /// <summary>
    /// The user whose e-mail and password these are, or null. An unknown or deactivated account takes as long as a wrong password.
    /// </summary>
    Task<AuthenticatedUser?> VerifyPasswordAsync(string email, string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>The user, if this is their password; otherwise null.</summary>
    /// <exception cref="DomainException"><c>auth.no_password</c></exception>
    Task<AuthenticatedUser?> VerifyPasswordAsync(Guid userId, string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>
    /// Locks the account until the caller's unit of work has ended, and stores the renewed hash of its password if there is one. Returns false when
    /// its password was changed or it was deactivated after the user had proved who they are.
    /// </summary>
    Task<bool> LockAndVerifyStampAsync(AuthenticatedUser proven, CancellationToken cancellationToken);

    /// <summary>Stores a new password, in the caller's unit of work; returns false as <see cref="LockAndVerifyStampAsync"/> does.</summary>
    Task<bool> ChangePasswordAsync(AuthenticatedUser proven, string passwordHash, CancellationToken cancellationToken);

    /// <summary>Shuts a user out, in the caller's unit of work; doing it twice keeps the first time.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<User> DeactivateAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Lets a user in again, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<User> ReactivateAsync(Guid userId, CancellationToken cancellationToken);
}

/// <summary>A user who has just proved who they are.</summary>
/// <param name="Stamp">
/// The state of the account that it was proved against: another one after a change of the password and after a deactivation.
/// </param>
/// <param name="RenewedHash">
/// A new hash of the same password, where the stored one is of a lower cost than today's or of a text that was not prepared; otherwise null.
/// </param>
public sealed record AuthenticatedUser(User User, string Stamp, string? RenewedHash = null)
{
    /// <summary>Omits the stamp and the hash, which belong in no log.</summary>
    public override string ToString() => $"{nameof(AuthenticatedUser)} {User.Id}";
}
