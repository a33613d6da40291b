using System.Net;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Stores accounts and verifies their passwords.</summary>
public interface IAccountStore
{
    /// <summary>
    /// Hashes a password. Hashing deliberately takes 100 ms or more of one core. When many callers hash at the same time, the call waits in
    /// a queue first. Does not use the database.
    /// </summary>
    /// <param name="clientAddress">The client's address; the queue is fair between addresses.</param>
    Task<string> HashPasswordAsync(string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>
    /// Hashes the password of a new account. First checks whether the e-mail address is taken, which registration reveals in any case.
    /// Logins have priority over registrations in the queue.
    /// </summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task<string> HashNewPasswordAsync(string email, string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>Creates an account with an empty quota and a wallet, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task CreateAsync(User user, string passwordHash, long grantedPoints, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Creates an account without a password for a subject of an external issuer, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task CreateExternalAsync(User user, ExternalLogin login, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Finds the user for a subject of an external issuer, deactivated or not. Returns null for an unknown subject.</summary>
    Task<User?> FindExternalAsync(ExternalLogin login, CancellationToken cancellationToken);

    /// <summary>
    /// Returns the user with this e-mail address and password, or null. The response time for an unknown or deactivated account is the same
    /// as for a wrong password.
    /// </summary>
    Task<AuthenticatedUser?> VerifyPasswordAsync(
        string email, string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>Returns the user if the password is correct; otherwise null.</summary>
    /// <exception cref="DomainException"><c>auth.no_password</c></exception>
    Task<AuthenticatedUser?> VerifyPasswordAsync(
        Guid userId, string password, IPAddress clientAddress, CancellationToken cancellationToken);

    /// <summary>
    /// Locks the account until the caller's unit of work ends, and stores the renewed password hash if there is one. Returns false if the
    /// password was changed or the account was deactivated after the user authenticated.
    /// </summary>
    Task<bool> LockAndVerifyStampAsync(AuthenticatedUser authenticated, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a new password hash in the caller's unit of work. Returns false as <see cref="LockAndVerifyStampAsync"/> does.
    /// </summary>
    Task<bool> ChangePasswordAsync(AuthenticatedUser authenticated, string passwordHash, CancellationToken cancellationToken);

    /// <summary>Deactivates a user in the caller's unit of work. A second call keeps the first deactivation time.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<User> DeactivateAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Reactivates a user in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<User> ReactivateAsync(Guid userId, CancellationToken cancellationToken);
}

/// <summary>A user who has just authenticated.</summary>
/// <param name="Stamp">
/// The security stamp of the account at the time of authentication. It changes with a password change and with a deactivation.
/// </param>
/// <param name="RenewedHash">
/// A new hash of the same password, if the stored hash has a lower cost than the current one or was made from an unprepared text; otherwise
/// null.
/// </param>
public sealed record AuthenticatedUser(User User, string Stamp, string? RenewedHash = null)
{
    /// <summary>Omits the stamp and the hash, so that they never reach a log.</summary>
    public override string ToString() => $"{nameof(AuthenticatedUser)} {User.Id}";
}
