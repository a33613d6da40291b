using System.Net;
using CleanMessaging.Api.Tests.Persistence;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>
/// Tests sign-ins that run concurrently with a password change or a deactivation. In either order, no session survives that the change must
/// revoke.
/// </summary>
public sealed class SignInRaceTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogIn_VerifiedBeforeTheAccountChangedAndOpenedAfter_IsRejected(bool deactivate)
    {
        var (admin, user) = await AdminAndUserAsync();

        // The change has the account, and waits for a session; the log-in verifies the old password and waits for the account.
        await using var holder = await LockHolder.HoldAsync(_server, $"SELECT 1 FROM sessions WHERE user_id = '{user.Id}' FOR UPDATE");
        var changing = ChangeAsync(admin, user, deactivate);
        await holder.WaitForWaitingAsync(1);
        var loggingIn = _server.TryLogInAsync(user.Email, ApiServer.Password);
        await holder.WaitForWaitingAsync(2);
        await holder.DisposeAsync();

        (await changing).Expect(HttpStatusCode.OK);
        (await loggingIn).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
        (await ActiveSessionsAsync(user)).ShouldBe(deactivate ? 0 : 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogIn_OpenedBeforeTheAccountChanged_EndsWithTheOthers(bool deactivate)
    {
        var (admin, user) = await AdminAndUserAsync();

        // The log-in holds the lock on the account and waits to insert into the locked table; the change waits for the account.
        await using var holder = await LockHolder.HoldAsync(_server, "LOCK TABLE sessions IN SHARE MODE");
        var loggingIn = _server.TryLogInAsync(user.Email, ApiServer.Password);
        await holder.WaitForWaitingAsync(1);
        var changing = ChangeAsync(admin, user, deactivate);
        await holder.WaitForWaitingAsync(2);
        await holder.DisposeAsync();

        var loggedIn = _server.SignedIn((await loggingIn).Expect(HttpStatusCode.OK));
        (await changing).Expect(HttpStatusCode.OK);
        await loggedIn.ShouldBeOutAsync();
        (await _server.RefreshAsync(loggedIn)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
        (await ActiveSessionsAsync(user)).ShouldBe(deactivate ? 0 : 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RefreshSession_AfterTheAccountChanged_IsRejected(bool deactivate)
    {
        var (admin, user) = await AdminAndUserAsync();

        await using var holder = await LockHolder.HoldAsync(_server, $"SELECT 1 FROM sessions WHERE user_id = '{user.Id}' FOR UPDATE");
        var changing = ChangeAsync(admin, user, deactivate);
        await holder.WaitForWaitingAsync(1);
        var refreshing = _server.RefreshAsync(user);
        await holder.WaitForWaitingAsync(2);
        await holder.DisposeAsync();

        (await changing).Expect(HttpStatusCode.OK);
        (await refreshing).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
        (await ActiveSessionsAsync(user)).ShouldBe(deactivate ? 0 : 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RefreshSession_BeforeTheAccountChanged_EndsWithTheOthers(bool deactivate)
    {
        var (admin, user) = await AdminAndUserAsync();

        await using var holder = await LockHolder.HoldAsync(_server, $"SELECT 1 FROM sessions WHERE user_id = '{user.Id}' FOR UPDATE");
        var refreshing = _server.RefreshAsync(user);
        await holder.WaitForWaitingAsync(1);
        var changing = ChangeAsync(admin, user, deactivate);
        await holder.WaitForWaitingAsync(2);
        await holder.DisposeAsync();

        var refreshed = _server.SignedIn((await refreshing).Expect(HttpStatusCode.OK));
        (await changing).Expect(HttpStatusCode.OK);
        await refreshed.ShouldBeOutAsync();
        (await _server.RefreshAsync(refreshed)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
        (await ActiveSessionsAsync(user)).ShouldBe(deactivate ? 0 : 1);
    }

    [LongFact]
    public async Task SignIns_AtRandomOnTwoUsers_NeverMeetInADeadlock()
    {
        // A server whose sign-in limit is too high to be reached within the test.
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Limits:SignInBurst"] = "1000000" });
        var admin = await server.CreateAdminAsync();
        TestUser[] users = [await server.RegisterInvestorAsync(), await server.RegisterStartupAsync()];
        var before = await ContentionTests.DeadlocksAsync(server);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromSeconds(3));

        var answers = (await Task.WhenAll(Enumerable.Range(1, 16).Select(WorkAsync))).SelectMany(done => done).ToList();

        answers.Where(answer => (int)answer.Status >= 500).Select(answer => answer.Text).Distinct().ShouldBeEmpty();
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBeGreaterThan(50);
        (await ContentionTests.DeadlocksAsync(server) - before).ShouldBe(0);

        async Task<List<Answer>> WorkAsync(int seed)
        {
            var random = new Random(seed);
            var done = new List<Answer>();
            var me = users[random.Next(users.Length)];
            while (!end.IsCancellationRequested)
            {
                var answer = await OneAsync(random, me);
                done.Add(answer);
                if (answer.Text.Contains("refreshToken", StringComparison.Ordinal))
                    me = server.SignedIn(answer);
            }

            return done;
        }

        Task<Answer> OneAsync(Random random, TestUser me) => random.Next(12) switch
        {
            0 => admin.DeactivateAsync(me.Id),
            < 3 => admin.ReactivateAsync(me.Id),
            3 => me.LogOutAsync(),
            < 6 => me.ChangePasswordAsync(ApiServer.Password, ApiServer.Password),
            < 9 => server.RefreshAsync(me),
            _ => server.TryLogInAsync(me.Email, ApiServer.Password),
        };
    }

    private static Task<Answer> ChangeAsync(TestUser admin, TestUser user, bool deactivate) =>
        deactivate ? admin.DeactivateAsync(user.Id) : user.ChangePasswordAsync(ApiServer.Password, "another password");

    private async Task<(TestUser Admin, TestUser User)> AdminAndUserAsync() =>
        (await _server.CreateAdminAsync(), await _server.RegisterInvestorAsync());

    private Task<long> ActiveSessionsAsync(TestUser user) =>
        _server.QueryAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{user.Id}' AND revoked_at IS NULL");
}
