using System.Net;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Authentication;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>
/// Tests that each sign-in attempt is logged at Information with user, address and outcome, and that no log line contains what the user
/// typed.
/// </summary>
public sealed class AuthenticationLogTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task SignIns_OfEveryKind_AreLoggedWithUserAddressAndTrace()
    {
        using var logs = new CapturedLogs();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), logs.AddTo);
        var admin = await server.CreateAdminAsync();
        var user = await server.RegisterInvestorAsync();

        ShouldNotify("registerAccount succeeded", user.Id);
        await server.LogInAsync(user.Email);
        ShouldNotify("logIn succeeded", user.Id);
        ShouldNotify("logIn was rejected with auth.invalid_credentials", null, await server.TryLogInAsync(user.Email, "not the password"));
        EntriesOf(logs)
            .ShouldContain(
                line =>
                    line.Text.StartsWith(
                        $"The password given for user {user.Id} was rejected; deactivated: False", StringComparison.Ordinal));
        ShouldNotify(
            "logIn was rejected with auth.invalid_credentials",
            null,
            await server.TryLogInAsync("unknown@example.com", "not the password"));
        ShouldNotify(
            "changePassword was rejected with auth.wrong_password",
            user.Id,
            await user.ChangePasswordAsync("not the password", "another password"));
        var refreshed = server.SignedIn((await server.RefreshAsync(user)).Expect(HttpStatusCode.OK));
        refreshed = server.SignedIn((await server.RefreshAsync(refreshed)).Expect(HttpStatusCode.OK));
        ShouldNotify("refreshSession succeeded", user.Id);
        ShouldNotify("refreshSession was rejected with auth.invalid_refresh_token", null, await server.RefreshAsync(user));
        ShouldNotify("A token was rejected, its session has ended", user.Id, await refreshed.GetAsync("/api/wallet"));
        (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK);
        ShouldNotify("deactivateUser succeeded", admin.Id);
        (await admin.LogOutAsync()).Expect(HttpStatusCode.OK);
        ShouldNotify("logOut succeeded", admin.Id);
        EntriesOf(logs)
            .ShouldContain(
                line => line.Text.StartsWith("Session ", StringComparison.Ordinal) && line.Text.Contains($"of user {admin.Id} was revoked"));

        EntriesOf(logs).Where(line => line.Text.Contains("@example.com", StringComparison.Ordinal)).ShouldBeEmpty();

        void ShouldNotify(string outcome, Guid? userId, Answer? rejection = null)
        {
            var user = userId?.ToString() ?? "unknown";
            var trace = rejection?.Body.GetProperty("traceId").GetString() ?? "";
            EntriesOf(logs).ShouldContain(line => line.Category == typeof(AuthenticationLog).FullName
                && line.Text.StartsWith($"{outcome}: user {user}, address 127.0.0.1, trace {trace}", StringComparison.Ordinal), outcome);
        }
    }

    private static IEnumerable<CapturedLogs.Line> EntriesOf(CapturedLogs logs) =>
        logs.Lines.Where(
            line => line.Level >= LogLevel.Information && line.Category.StartsWith("CleanMessaging", StringComparison.Ordinal));
}
