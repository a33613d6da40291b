using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class RefreshSessionTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task RefreshSession_WithTheGoodToken_AnswersWithTheNextPair()
    {
        var user = await _server.RegisterInvestorAsync();

        var session = (await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK);

        var refreshed = _server.SignedIn(session);
        refreshed.Id.ShouldBe(user.Id);
        refreshed.RefreshToken.ShouldNotBe(user.RefreshToken);
        (await refreshed.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);
        (await RefreshAsync(_server, refreshed.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task RefreshSession_WithAUsedToken_EndsTheSessionForItsSuccessorToo()
    {
        var user = await _server.RegisterInvestorAsync();
        var otherDevice = await _server.LogInAsync(user.Email);
        var successor = RefreshTokenOf((await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK));

        ShouldBeRefused(await RefreshAsync(_server, user.RefreshToken));

        ShouldBeRefused(await RefreshAsync(_server, successor));
        (await RefreshAsync(_server, otherDevice.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task RefreshSession_InParallelWithOneToken_SucceedsOnceAtMostAndEndsTheSession()
    {
        var user = await _server.RegisterInvestorAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RefreshAsync(_server, user.RefreshToken)));

        var successes = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        successes.Count.ShouldBeLessThanOrEqualTo(1);
        foreach (var refused in answers.Except(successes))
            ShouldBeRefused(refused);

        foreach (var success in successes)
            ShouldBeRefused(await RefreshAsync(_server, RefreshTokenOf(success)));

        (await _server.QueryAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{user.Id}' AND revoked_at IS NOT NULL")).ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task RefreshSession_WithNoToken_GetsTheOneAnswer(string token)
    {
        var user = await _server.RegisterInvestorAsync();
        await RefreshAsync(_server, user.RefreshToken);
        var reused = await RefreshAsync(_server, user.RefreshToken);

        var refused = await RefreshAsync(_server, token);

        ShouldBeRefused(refused);
        refused.WithoutTrace().ShouldBe(reused.WithoutTrace());
    }

    [Fact]
    public async Task RefreshSession_WithAnAccessToken_IsRefused()
    {
        var user = await _server.RegisterInvestorAsync();

        ShouldBeRefused(await RefreshAsync(_server, user.AccessToken));
    }

    [Fact]
    public async Task RefreshSession_AfterTwoIdleWeeks_IsRefusedAtTheVeryInstant()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var start = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        server.Clock.FreezeAt(start);
        var inTime = await server.RegisterInvestorAsync();
        var late = await server.RegisterInvestorAsync();

        server.Clock.FreezeAt(start.AddDays(14).AddMicroseconds(-1));
        (await RefreshAsync(server, inTime.RefreshToken)).Expect(HttpStatusCode.OK);

        server.Clock.FreezeAt(start.AddDays(14));
        ShouldBeRefused(await RefreshAsync(server, late.RefreshToken));
    }

    [Fact]
    public async Task RefreshSession_SixtyDaysAfterTheLogIn_IsRefusedHoweverOftenItWasRefreshed()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var start = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        server.Clock.FreezeAt(start);
        var token = (await server.RegisterInvestorAsync()).RefreshToken;

        foreach (var instant in new[] { start.AddDays(13), start.AddDays(26), start.AddDays(39), start.AddDays(52), start.AddDays(60).AddMicroseconds(-1) })
        {
            server.Clock.FreezeAt(instant);
            token = RefreshTokenOf((await RefreshAsync(server, token)).Expect(HttpStatusCode.OK));
        }

        server.Clock.FreezeAt(start.AddDays(60));
        ShouldBeRefused(await RefreshAsync(server, token));
    }

    private static Task<Answer> RefreshAsync(ApiServer server, string refreshToken) => server.PostAsync("/api/auth/refresh", new { refreshToken });

    private static string RefreshTokenOf(Answer session) => session.Data.GetProperty("refreshToken").GetString()!;

    private static void ShouldBeRefused(Answer answer) => answer.ExpectRefusal(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
}
