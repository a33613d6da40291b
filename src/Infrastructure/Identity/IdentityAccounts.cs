using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

internal sealed class IdentityAccounts(
    UserManager<Account> userManager,
    IUserLoginStore<Account> logins,
    PasswordHashing passwords,
    IQuotas quotas,
    IWallets wallets) : IAccounts
{
    public async Task<string> HashPasswordAsync(string password, CancellationToken cancellationToken)
    {
        using var place = await passwords.EnterAsync(cancellationToken);

        return await place.HashAsync(password);
    }

    public Task CreateAsync(User user, string passwordHash, long grantedPoints, DateTimeOffset now, CancellationToken cancellationToken) =>
        CreateAsync(user, passwordHash, grantedPoints, now);

    public async Task CreateExternalAsync(User user, ExternalLogin login, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var account = await CreateAsync(user, passwordHash: null, grantedPoints: 0, now);

        // Not through the manager, which would turn the account that is being added into one that is being updated.
        await logins.AddLoginAsync(account, new UserLoginInfo(login.Issuer, login.Subject, null), cancellationToken);
    }

    public async Task<User?> FindExternalAsync(ExternalLogin login, CancellationToken cancellationToken) =>
        (await userManager.FindByLoginAsync(login.Issuer, login.Subject))?.ToUser();

    public async Task<User?> VerifyPasswordAsync(string email, string password, CancellationToken cancellationToken)
    {
        using var place = await passwords.EnterAsync(cancellationToken);
        var account = await userManager.FindByEmailAsync(email);
        var isRight = await place.VerifyAsync(account?.PasswordHash, password);

        return isRight ? account?.ToUser() : null;
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
        if (result.Errors.Any(error => error.Code is nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName)))
            throw new DomainException(UserErrors.EmailTaken);

        if (!result.Succeeded)
            throw new InvalidOperationException($"The account was refused: {string.Join(", ", result.Errors.Select(error => error.Code))}");
    }
}
