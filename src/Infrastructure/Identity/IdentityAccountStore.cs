using System.Net;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Identity;

internal sealed partial class IdentityAccountStore(
    UserManager<Account> userManager,
    IUserLoginStore<Account> logins,
    PasswordHashing passwords,
    IQuotaRepository quotas,
    IWalletRepository wallets,
    MessagingDbContext context,
    DatabaseDeadline deadline,
    ILogger<IdentityAccountStore> logger) : IAccountStore
{
    public async Task<string> HashPasswordAsync(string password, IPAddress clientAddress, CancellationToken cancellationToken)
    {
        using var place = await passwords.EnterAsync(PasswordUse.LogIn, clientAddress, cancellationToken);

        return await place.HashAsync(password);
    }

    public async Task<string> HashNewPasswordAsync(
        string email, string password, IPAddress clientAddress, CancellationToken cancellationToken)
    {
        if (await userManager.FindByEmailAsync(email) is not null)
            throw new DomainException(UserErrors.EmailTaken);

        deadline.Stop();
        using var place = await passwords.EnterAsync(PasswordUse.Registration, clientAddress, cancellationToken);

        return await place.HashAsync(password);
    }

    public Task CreateAsync(User user, string passwordHash, long grantedPoints, DateTimeOffset now, CancellationToken cancellationToken) =>
        CreateAsync(user, passwordHash, grantedPoints, now);

    public async Task CreateExternalAsync(User user, ExternalLogin login, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var account = await CreateAsync(user, passwordHash: null, grantedPoints: 0, now);

        // The manager is not used here: it would mark the account that is being added as updated.
        await logins.AddLoginAsync(account, new UserLoginInfo(login.Issuer, login.Subject, null), cancellationToken);
    }

    public async Task<User?> FindExternalAsync(ExternalLogin login, CancellationToken cancellationToken) =>
        (await userManager.FindByLoginAsync(login.Issuer, login.Subject))?.ToUser();

    public async Task<AuthenticatedUser?> VerifyPasswordAsync(
        string email, string password, IPAddress clientAddress, CancellationToken cancellationToken)
    {
        var account = await FindByEmailAsync(email, cancellationToken);

        return await VerifyAsync(account, password, clientAddress, renewHash: true, cancellationToken);
    }

    public async Task<AuthenticatedUser?> VerifyPasswordAsync(
        Guid userId, string password, IPAddress clientAddress, CancellationToken cancellationToken)
    {
        var account = await context.Accounts.AsNoTracking().SingleOrDefaultAsync(account => account.Id == userId, cancellationToken);

        return account is { PasswordHash: null }
            ? throw new DomainException(SessionErrors.NoPassword)
            : await VerifyAsync(account, password, clientAddress, renewHash: false, cancellationToken);
    }

    public async Task<bool> LockAndVerifyStampAsync(AuthenticatedUser authenticated, CancellationToken cancellationToken)
    {
        if (authenticated.RenewedHash is { } renewedHash)
            return await RenewHashAsync(authenticated, renewedHash, cancellationToken);

        var account = await context.Accounts
            .FromSql($"SELECT * FROM users WHERE id = {authenticated.User.Id} FOR SHARE")
            .AsNoTracking()
            .SingleOrDefaultAsync(cancellationToken);

        return account is not null && account.Admits(authenticated.Stamp);
    }

    public async Task<bool> ChangePasswordAsync(AuthenticatedUser authenticated, string passwordHash, CancellationToken cancellationToken)
    {
        if (await LockAsync(authenticated.User.Id, cancellationToken) is not { } account || !account.Admits(authenticated.Stamp))
            return false;

        account.ChangePassword(passwordHash);

        return true;
    }

    public async Task<User> DeactivateAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var account = await LockAsync(userId, cancellationToken) ?? throw new DomainException(UserErrors.NotFound);
        account.Deactivate(now.ToStored());

        return account.ToUser();
    }

    public async Task<User> ReactivateAsync(Guid userId, CancellationToken cancellationToken)
    {
        var account = await LockAsync(userId, cancellationToken) ?? throw new DomainException(UserErrors.NotFound);
        account.Reactivate();

        return account.ToUser();
    }

    /// <summary>
    /// Finds an account by the key of the address as written, which an old account may still have; otherwise by the normalized key.
    /// </summary>
    private async Task<Account?> FindByEmailAsync(string email, CancellationToken cancellationToken)
    {
        var keys = EmailAddress.KeysOf(email);
        var found = await context.Accounts.AsNoTracking()
            .Where(account => keys.Contains(account.NormalizedEmail))
            .ToListAsync(cancellationToken);

        return found.MinBy(account => account.NormalizedEmail == keys[0] ? 0 : 1);
    }

    private async Task<bool> RenewHashAsync(AuthenticatedUser authenticated, string hash, CancellationToken cancellationToken)
    {
        if (await LockAsync(authenticated.User.Id, cancellationToken) is not { } account || !account.Admits(authenticated.Stamp))
            return false;

        account.PasswordHash = hash;
        Log.HashRenewed(logger, account.Id);

        return true;
    }

    private Task<Account?> LockAsync(Guid userId, CancellationToken cancellationToken) =>
        context.Accounts.FromSql($"SELECT * FROM users WHERE id = {userId} FOR NO KEY UPDATE").SingleOrDefaultAsync(cancellationToken);

    /// <summary>
    /// Verifies a password. It computes a hash in every case, so that the response time does not reveal whether the account exists.
    /// </summary>
    /// <param name="renewHash">Whether an outdated hash is replaced.</param>
    private async Task<AuthenticatedUser?> VerifyAsync(
        Account? account, string password, IPAddress clientAddress, bool renewHash, CancellationToken cancellationToken)
    {
        // Waiting and hashing take time, and no database connection is open while they do.
        deadline.Stop();
        using var place = await passwords.EnterAsync(PasswordUse.LogIn, clientAddress, cancellationToken);
        var verdict = await place.VerifyAsync(account?.PasswordHash, password);
        if (verdict != PasswordVerdict.Wrong && account is { DeactivatedAt: null })
        {
            var isRenewed = renewHash && verdict == PasswordVerdict.RightWithOutdatedHash;

            return new AuthenticatedUser(account.ToUser(), account.SecurityStamp ?? "", isRenewed ? await place.HashAsync(password) : null);
        }

        // For an unknown account the log entry would contain only text that the caller typed.
        if (account is not null)
            Log.PasswordRejected(logger, account.Id, account.DeactivatedAt is not null);

        return null;
    }

    private async Task<Account> CreateAsync(User user, string? passwordHash, long grantedPoints, DateTimeOffset now)
    {
        var account = Account.Of(user, now.ToStored());
        account.PasswordHash = passwordHash;
        Ensure(await userManager.CreateAsync(account));
        quotas.Add(MessageQuota.Open(user.Id));
        wallets.Add(Wallet.Open(user.Id, grantedPoints, now));

        return account;
    }

    private static void Ensure(IdentityResult result)
    {
        if (
            result.Errors.Any(
                error => error.Code is nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName)))
        {
            throw new DomainException(UserErrors.EmailTaken);
        }

        if (!result.Succeeded)
        {
            throw new InvalidOperationException(
                $"The account was rejected: {string.Join(", ", result.Errors.Select(error => error.Code))}");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The password given for user {UserId} was rejected; deactivated: {Deactivated}")]
        public static partial void PasswordRejected(ILogger logger, Guid userId, bool deactivated);

        [LoggerMessage(2, LogLevel.Information, "The password hash of user {UserId} was outdated; storing a new one with this login")]
        public static partial void HashRenewed(ILogger logger, Guid userId);
    }
}
