using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>
/// Tests that the end of a session revokes its tokens: immediately on the server that ends it, within 5 seconds on every other server.
/// </summary>
public sealed class EndOfAccessTests(TestPostgres postgres, TwoServers servers) : IClassFixture<TwoServers>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    private readonly ApiServer _here = servers.Here;
    private readonly ApiServer _elsewhere = servers.Elsewhere;

    [Fact]
    public async Task LogOut_OnOneServer_EndsRestAndSocketsOfTheSessionOnEveryServer()
    {
        var user = await _here.RegisterInvestorAsync();
        var otherDevice = await _here.LogInAsync(user.Email);
        await using var otherSocket = await _elsewhere.As(otherDevice).ConnectAsync();

        await ShouldEndAsync(user, async () => (await user.LogOutAsync()).Expect(HttpStatusCode.OK));

        await otherDevice.ShouldBeInAsync();
        await _elsewhere.As(otherDevice).ShouldBeInAsync();
        otherSocket.Closed.Task.IsCompleted.ShouldBeFalse();
        (await _here.RefreshAsync(otherDevice)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ChangePassword_OnOneServer_EndsEverySessionOfTheUserOnEveryServer()
    {
        var user = await _here.RegisterInvestorAsync();
        var otherDevice = await _here.LogInAsync(user.Email);
        var otherUser = await _here.RegisterInvestorAsync();
        Answer? changed = null;

        await ShouldEndAsync(
            user, async () => changed = (await user.ChangePasswordAsync(ApiServer.Password, "another password")).Expect(HttpStatusCode.OK));

        await otherDevice.ShouldBeOutAsync();
        await EndsElsewhereAsync(otherDevice);
        await otherUser.ShouldBeInAsync();
        var goingOn = _here.SignedIn(changed.ShouldNotBeNull());
        await goingOn.ShouldBeInAsync();
        await _elsewhere.As(goingOn).ShouldBeInAsync();
        await using var socket = await _elsewhere.As(goingOn).ConnectAsync();
    }

    [Fact]
    public async Task DeactivateUser_OnOneServer_EndsEverySessionOfTheUserOnEveryServer()
    {
        var admin = await _here.CreateAdminAsync();
        var user = await _here.RegisterInvestorAsync();
        var otherDevice = await _here.LogInAsync(user.Email);

        await ShouldEndAsync(user, async () => (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK));

        await otherDevice.ShouldBeOutAsync();
        await EndsElsewhereAsync(otherDevice);
        await _elsewhere.As(admin).ShouldBeInAsync();
    }

    [Fact]
    public async Task RefreshSession_WithAUsedToken_EndsRestAndSocketsOnEveryServer()
    {
        var user = await _here.RegisterInvestorAsync();
        var successor = _here.SignedIn((await _here.RefreshAsync(user)).Expect(HttpStatusCode.OK));
        successor = _here.SignedIn((await _here.RefreshAsync(successor)).Expect(HttpStatusCode.OK));

        await ShouldEndAsync(successor, async () => (await _here.RefreshAsync(user)).Expect(HttpStatusCode.Unauthorized));

        await user.ShouldBeOutAsync();
    }

    [Fact]
    public async Task Hub_HandshakeAfterTheSessionHasEnded_IsCut()
    {
        var user = await _here.RegisterInvestorAsync();
        await using var waiting = await RawHubConnection.ConnectAsync(_here, user);
        (await user.LogOutAsync()).Expect(HttpStatusCode.OK);

        await waiting.SendAsync(RawHubConnection.Handshake);

        (await waiting.WaitForEndAsync()).ShouldNotContain("Connected");
    }

    [Fact]
    public async Task Server_StartedAfterASessionHasEnded_RejectsItFromItsFirstRequestOn()
    {
        var user = await _here.RegisterInvestorAsync();
        await EndBehindTheServersAsync(user, TimeSpan.FromMinutes(59));

        await using var started = await ApiServer.StartAsync(postgres, connectionString: _here.ConnectionString);

        await started.As(user).ShouldBeOutAsync();
    }

    [LongFact]
    public async Task RevocationPoller_AfterAFailedRead_ReadsTheMissedChanges()
    {
        using var logs = new CapturedLogs();
        await using var server = await ApiServer.StartAsync(postgres, services: logs.AddTo);
        var user = await server.RegisterInvestorAsync();
        await using var socket = await user.ConnectAsync();
        await server.ExecuteAsync("ALTER TABLE sessions RENAME TO sessions_away");
        await Eventually.TrueAsync(
            () => CountOf(logs, "Polling for revoked sessions and changed users failed") == 1, "The failure of the poll is not logged.");

        // Longer ago, by the server's clock, than a poll normally looks back.
        server.Clock.Shift(TimeSpan.FromMinutes(10));
        await server.ExecuteAsync($"UPDATE sessions_away SET revoked_at = now() + interval '5 s' WHERE user_id = '{user.Id}'");
        await server.ExecuteAsync("ALTER TABLE sessions_away RENAME TO sessions");

        await Eventually.TrueAsync(() => user.IsOutAsync(), "The server did not notice the revoked session.");
        await socket.Closed.Task.WaitAsync(_limit, TestContext.Current.CancellationToken);
        CountOf(logs, "Polling for revoked sessions and changed users failed").ShouldBe(1);
        CountOf(logs, "Polling for revoked sessions and changed users works again").ShouldBe(1);
    }

    [Fact]
    public async Task RevocationPoller_WithoutAFreeConnectionInThePool_GoesOn()
    {
        var small = new Npgsql.NpgsqlConnectionStringBuilder(_here.ConnectionString) { MaxPoolSize = 1 }.ConnectionString;
        await using var server = await ApiServer.StartAsync(postgres, connectionString: small);
        var user = await _here.RegisterInvestorAsync();
        await using var socket = await server.As(user).ConnectAsync();
        await using var taken = await server.Services.GetRequiredService<Npgsql.NpgsqlDataSource>()
            .OpenConnectionAsync(TestContext.Current.CancellationToken);

        (await user.LogOutAsync()).Expect(HttpStatusCode.OK);

        await socket.Closed.Task.WaitAsync(_limit, TestContext.Current.CancellationToken);
        await server.As(user).ShouldBeOutAsync();
    }

    [LongFact]
    public async Task EndedSessions_OnceEveryTokenHasExpired_AreForgotten()
    {
        await using var server = await ApiServer.StartAsync(postgres, connectionString: _here.ConnectionString);
        var ended = server.Services.GetRequiredService<RevokedSessionCache>();
        var user = await _here.RegisterInvestorAsync();
        var sessionId = await _here.QueryAsync<Guid>($"SELECT id FROM sessions WHERE user_id = '{user.Id}'");
        (await user.LogOutAsync()).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => ended.Contains(sessionId), "The server did not notice the revoked session.");

        server.Clock.Shift(TimeSpan.FromMinutes(60));
        await WaitForLookAsync(server);
        ended.Contains(sessionId).ShouldBeTrue();

        server.Clock.Shift(TimeSpan.FromMinutes(2));
        await Eventually.TrueAsync(() => !ended.Contains(sessionId), "The revoked session was not removed from the cache.");
    }

    private async Task ShouldEndAsync(TestUser user, Func<Task> end)
    {
        var userElsewhere = _elsewhere.As(user);
        await using var socket = await user.ConnectAsync();
        await using var socketElsewhere = await userElsewhere.ConnectAsync();
        await user.ShouldBeInAsync();
        await userElsewhere.ShouldBeInAsync();

        await end();

        var started = Stopwatch.GetTimestamp();
        await user.ShouldBeOutAsync();
        await socket.Closed.Task.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await EndsElsewhereAsync(user);
        await socketElsewhere.Closed.Task.WaitAsync(_limit - Stopwatch.GetElapsedTime(started), TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<WebSocketException>(() => user.ConnectAsync())).Message.ShouldContain("401");
        (await _elsewhere.RefreshAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
    }

    private async Task EndsElsewhereAsync(TestUser user)
    {
        var started = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => _elsewhere.As(user).IsOutAsync(), "The other server still accepts the token.");
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_limit);
    }

    /// <summary>Ends a user's sessions in the database only, as if another server had ended them that long ago.</summary>
    private async Task EndBehindTheServersAsync(TestUser user, TimeSpan ago) =>
        (await _here.ExecuteAsync($"UPDATE sessions SET revoked_at = now() - interval '{ago.TotalSeconds} s' WHERE user_id = '{user.Id}'"))
            .ShouldBe(1);

    /// <summary>Waits until the server has polled for revoked sessions once more at its current time.</summary>
    private async Task WaitForLookAsync(ApiServer server)
    {
        var user = await _here.RegisterInvestorAsync();
        var sessionId = await _here.QueryAsync<Guid>($"SELECT id FROM sessions WHERE user_id = '{user.Id}'");
        await _here.ExecuteAsync($"UPDATE sessions SET revoked_at = '{server.Clock.GetUtcNow():O}' WHERE id = '{sessionId}'");
        var ended = server.Services.GetRequiredService<RevokedSessionCache>();
        await Eventually.TrueAsync(() => ended.Contains(sessionId), "The server does not poll for revoked sessions.");
    }

    private static int CountOf(CapturedLogs logs, string text) =>
        logs.Lines.Count(line => line.Category == typeof(RevocationPoller).FullName && line.Text.Contains(text, StringComparison.Ordinal));
}
