using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Who can sign in, and with which password.</summary>
public interface IAccounts
{
    /// <summary>
    /// Derives what is stored of a password. Takes 100 ms and more of one core, on purpose, after waiting for a place where many ask;
    /// touches no database.
    /// </summary>
    Task<string> HashPasswordAsync(string password, CancellationToken cancellationToken);

    /// <summary>Makes an account, with an empty quota and a wallet, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task CreateAsync(User user, string passwordHash, long grantedPoints, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Makes an account without a password for a subject of an external issuer, in the caller's unit of work.</summary>
    /// <exception cref="DomainException"><c>user.email_taken</c></exception>
    Task CreateExternalAsync(User user, ExternalLogin login, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The user whom an external issuer knows as a subject, or null.</summary>
    Task<User?> FindExternalAsync(ExternalLogin login, CancellationToken cancellationToken);

    /// <summary>
    /// The user whose e-mail and password these are, or null. An unknown account takes as long as a wrong password.
    /// </summary>
    Task<User?> VerifyPasswordAsync(string email, string password, CancellationToken cancellationToken);
}
