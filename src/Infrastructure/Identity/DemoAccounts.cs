using System.Net;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>Three accounts to try things out with. Made in Development alone.</summary>
public sealed class DemoAccounts
{
    public const string DefaultPassword = "demo-password-1";

    /// <summary>The points that the Investor and the Startup are granted, once.</summary>
    public const long Points = 500;

    /// <summary>An Investor, a Startup and an Admin.</summary>
    public static readonly IReadOnlyList<(string Email, string DisplayName, UserRole Role)> All =
    [
        ("investor@example.com", "Ines Investor", UserRole.Investor),
        ("startup@example.com", "Stan Startup", UserRole.Startup),
        ("admin@example.com", "Ada Admin", UserRole.Admin),
    ];

    private readonly IAccounts _accounts;
    private readonly UserManager<Account> _userManager;
    private readonly IUnitOfWork _unitOfWork;
    private readonly TimeProvider _clock;

    internal DemoAccounts(IAccounts accounts, UserManager<Account> userManager, IUnitOfWork unitOfWork, TimeProvider clock)
    {
        _accounts = accounts;
        _userManager = userManager;
        _unitOfWork = unitOfWork;
        _clock = clock;
    }

    /// <summary>Makes those that are missing, and gives all of them the password.</summary>
    public async Task EnsureAsync(string password, CancellationToken cancellationToken)
    {
        foreach (var (email, displayName, role) in All)
        {
            if (await _accounts.VerifyPasswordAsync(email, password, IPAddress.Loopback, cancellationToken) is not null)
                continue;

            var passwordHash = await _accounts.HashPasswordAsync(password, IPAddress.Loopback, cancellationToken);
            await _unitOfWork.ExecuteAsync(
                async token =>
                {
                    if (await _userManager.FindByEmailAsync(email) is { } existing)
                    {
                        existing.PasswordHash = passwordHash;
                        await _userManager.UpdateAsync(existing);

                        return existing.Id;
                    }

                    var now = _clock.GetUtcNow();
                    var user = new User(Guid.CreateVersion7(now), email, displayName, role);
                    await _accounts.CreateAsync(user, passwordHash, role == UserRole.Admin ? 0 : Points, now, token);

                    return user.Id;
                },
                new Terms(IsRepeatable: true),
                cancellationToken);
        }
    }
}
