using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>Two servers on one database without a backplane between them.</summary>
public sealed class TwoServers(TestPostgres postgres) : IAsyncLifetime
{
    private ApiServer? _here;
    private ApiServer? _elsewhere;

    public ApiServer Here => _here ?? throw new InvalidOperationException("The server is not started.");

    public ApiServer Elsewhere => _elsewhere ?? throw new InvalidOperationException("The server is not started.");

    public async ValueTask InitializeAsync()
    {
        _here = await ApiServer.StartAsync(postgres);
        _elsewhere = await ApiServer.StartAsync(postgres, connectionString: _here.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_elsewhere is not null)
            await _elsewhere.DisposeAsync();

        if (_here is null)
            return;

        await _here.ShouldHoldNoTransactionAsync();
        await _here.DisposeAsync();
    }
}

internal static class AccessChecks
{
    public static async Task ShouldBeInAsync(this TestUser user) => (await user.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);

    public static async Task ShouldBeOutAsync(this TestUser user) =>
        (await user.GetAsync("/api/wallet")).ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");

    public static async Task<bool> IsOutAsync(this TestUser user) =>
        (await user.GetAsync("/api/wallet")).Status == HttpStatusCode.Unauthorized;

    public static Task<Answer> LogOutAsync(this TestUser user) => user.PostAsync("/api/auth/logout", new { });

    public static Task<Answer> ChangePasswordAsync(this TestUser user, string currentPassword, string newPassword) =>
        user.PostAsync("/api/auth/password", new { currentPassword, newPassword });

    public static Task<Answer> DeactivateAsync(this TestUser admin, Guid userId) =>
        admin.PostAsync($"/api/admin/users/{userId}/deactivate", new { });

    public static Task<Answer> ReactivateAsync(this TestUser admin, Guid userId) =>
        admin.PostAsync($"/api/admin/users/{userId}/reactivate", new { });

    public static Task<Answer> RefreshAsync(this ApiServer server, TestUser user) =>
        server.PostAsync("/api/auth/refresh", new { refreshToken = user.RefreshToken });

    public static Task<Answer> TryLogInAsync(this ApiServer server, string email, string password) =>
        server.PostAsync("/api/auth/login", new { email, password });
}
