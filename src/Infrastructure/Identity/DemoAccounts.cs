using System.Net;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>The three demo accounts. They are created in Development only.</summary>
public sealed class DemoAccounts
{
    public const string DefaultPassword = "demo-password-1";

    /// <summary>The points that the Investor and the Startup are granted once.</summary>
    public const long Points = 500;

    /// <summary>An Investor, a Startup and an Admin.</summary>
    public static readonly IReadOnlyList<(string Email, string DisplayName, UserRole Role)> All =
    [
        ("investor@example.com", "Ines Investor", UserRole.Investor),
        ("startup@example.com", "Stan Startup", UserRole.Startup),
        ("admin@example.com", "Ada Admin", UserRole.Admin),
    ];

    private readonly IAccountStore _accounts;
    private readonly UserManager<Account> _userManager;
    private readonly IUnitOfWork _unitOfWork;
    private readonly TimeProvider _clock;

    internal DemoAccounts(IAccountStore accounts, UserManager<Account> userManager, IUnitOfWork unitOfWork, TimeProvider clock)
    {
        _accounts = accounts;
        _userManager = userManager;
        _unitOfWork = unitOfWork;
        _clock = clock;
    }

    /// <summary>
    /// Creates an account of <see cref="All"/> if it is missing, and sets its password. Each call needs its own scope, because time limits
    /// apply per scope.
    /// </summary>
    /// <exception cref="DemoAccountException">An account with this e-mail address exists and cannot be updated.</exception>
    public async Task EnsureAsync(string email, string displayName, UserRole role, string password, CancellationToken cancellationToken)
    {
        if (await _accounts.VerifyPasswordAsync(email, password, IPAddress.Loopback, cancellationToken) is not null)
            return;

        var passwordHash = await _accounts.HashPasswordAsync(password, IPAddress.Loopback, cancellationToken);
        await _unitOfWork.ExecuteAsync(
            async token =>
            {
                if (await _userManager.FindByEmailAsync(email) is { } existing)
                {
                    existing.PasswordHash = passwordHash;
                    var updated = await _userManager.UpdateAsync(existing);
                    if (!updated.Succeeded)
                        throw new DemoAccountException(email, updated.Errors.Select(error => error.Description));

                    return existing.Id;
                }

                var now = _clock.GetUtcNow();
                var user = new User(Guid.CreateVersion7(now), email, displayName, role);
                await _accounts.CreateAsync(user, passwordHash, role == UserRole.Admin ? 0 : Points, now, token);

                return user.Id;
            },
            new UnitOfWorkOptions(IsIdempotent: true),
            cancellationToken);
    }
}

/// <summary>A demo account exists, but its password cannot be set.</summary>
public sealed class DemoAccountException(string email, IEnumerable<string> reasons)
    : Exception($"The demo account {email} cannot be updated. {string.Join(' ', reasons)}");
