using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class RefreshSessionTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly DateTimeOffset _start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

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
        var second = RefreshTokenOf((await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK));
        var third = RefreshTokenOf((await RefreshAsync(_server, second)).Expect(HttpStatusCode.OK));

        ShouldBeRejected(await RefreshAsync(_server, user.RefreshToken));

        ShouldBeRejected(await RefreshAsync(_server, second));
        ShouldBeRejected(await RefreshAsync(_server, third));
        (await RefreshAsync(_server, otherDevice.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task RefreshSession_AgainAfterALostAnswer_AnswersWithTheSameSuccessorAndAFreshAccessToken()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(_start);
        var user = await server.RegisterInvestorAsync();
        var lost = (await RefreshAsync(server, user.RefreshToken)).Expect(HttpStatusCode.OK);

        server.Clock.FreezeAt(_start.AddSeconds(30));
        var repeated = server.SignedIn((await RefreshAsync(server, user.RefreshToken)).Expect(HttpStatusCode.OK));

        repeated.RefreshToken.ShouldBe(RefreshTokenOf(lost));
        repeated.AccessToken.ShouldNotBe(lost.Data.GetProperty("accessToken").GetString());
        await repeated.ShouldBeInAsync();
        await server.SignedIn(lost).ShouldBeInAsync();
        (await RefreshAsync(server, repeated.RefreshToken)).Expect(HttpStatusCode.OK);
        (await SessionsOfAsync(server, user, "revoked_at IS NULL")).ShouldBe(1);
    }

    [Theory]
    [InlineData(30_000_000, true)]
    [InlineData(30_000_001, false)]
    public async Task RefreshSession_WithTheDirectPredecessor_HoldsForHalfAMinuteAndThenEndsTheSession(long microseconds, bool expected)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(_start);
        var user = await server.RegisterInvestorAsync();
        var successor = RefreshTokenOf((await RefreshAsync(server, user.RefreshToken)).Expect(HttpStatusCode.OK));

        server.Clock.FreezeAt(_start.AddMicroseconds(microseconds));
        var answer = await RefreshAsync(server, user.RefreshToken);

        if (expected)
        {
            RefreshTokenOf(answer.Expect(HttpStatusCode.OK)).ShouldBe(successor);
            return;
        }

        ShouldBeRejected(answer);
        ShouldBeRejected(await RefreshAsync(server, successor));
        (await SessionsOfAsync(server, user, "revoked_at IS NOT NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task RefreshSession_InParallelWithOneToken_AnswersAllWithOneSuccessor()
    {
        var user = await _server.RegisterInvestorAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RefreshAsync(_server, user.RefreshToken)));

        var successor = answers.Select(answer => RefreshTokenOf(answer.Expect(HttpStatusCode.OK))).Distinct().ShouldHaveSingleItem();
        foreach (var answer in answers)
            await _server.SignedIn(answer).ShouldBeInAsync();
        (await RefreshAsync(_server, successor)).Expect(HttpStatusCode.OK);
        (await SessionsOfAsync(_server, user, "revoked_at IS NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task RefreshSession_OnTwoServersAtOnce_AnswersBothWithOneSuccessor()
    {
        await using var elsewhere = await ApiServer.StartAsync(postgres, connectionString: _server.ConnectionString);
        for (var round = 0; round < 5; round++)
        {
            var user = await _server.RegisterInvestorAsync();

            var answers = await Task.WhenAll(
                Enumerable.Range(0, 6).Select(number => RefreshAsync(number % 2 == 0 ? _server : elsewhere, user.RefreshToken)));

            answers.Select(answer => RefreshTokenOf(answer.Expect(HttpStatusCode.OK))).Distinct().Count().ShouldBe(1);
            (await SessionsOfAsync(_server, user, "revoked_at IS NULL")).ShouldBe(1);
        }
    }

    /// <summary>Every access token contains the session id. Tests that the id is not enough to guess a refresh token.</summary>
    [Fact]
    public async Task RefreshSession_WithAGuessForAKnownSession_IsRejectedAndChangesNothing()
    {
        var user = await _server.RegisterInvestorAsync();
        await using var socket = await user.ConnectAsync();
        var successor = RefreshTokenOf((await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK));
        var before = await _server.QueryAsync<string>($"SELECT s::text FROM sessions AS s WHERE user_id = '{user.Id}'");
        var current = Base64Url.DecodeFromChars(successor);

        for (var guess = 0; guess < 50; guess++)
        {
            var bytes = current.ToArray();
            RandomNumberGenerator.Fill(bytes.AsSpan(16));
            ShouldBeRejected(await RefreshAsync(_server, Base64Url.EncodeToString(bytes)));
        }

        foreach (var place in Enumerable.Range(16, 32))
        {
            var bytes = current.ToArray();
            bytes[place] ^= 1;
            ShouldBeRejected(await RefreshAsync(_server, Base64Url.EncodeToString(bytes)));
        }

        (await _server.QueryAsync<string>($"SELECT s::text FROM sessions AS s WHERE user_id = '{user.Id}'")).ShouldBe(before);
        socket.Closed.Task.IsCompleted.ShouldBeFalse();
        await user.ShouldBeInAsync();
        (await RefreshAsync(_server, successor)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task RefreshSession_WithTheTokenOfAnotherSession_IsRejectedAndEndsNeither()
    {
        var (one, other) = (await _server.RegisterInvestorAsync(), await _server.RegisterInvestorAsync());
        var bytes = Base64Url.DecodeFromChars(one.RefreshToken);
        Base64Url.DecodeFromChars(other.RefreshToken).AsSpan(16).CopyTo(bytes.AsSpan(16));

        ShouldBeRejected(await RefreshAsync(_server, Base64Url.EncodeToString(bytes)));

        (await RefreshAsync(_server, one.RefreshToken)).Expect(HttpStatusCode.OK);
        (await RefreshAsync(_server, other.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    /// <summary>Tests that the family key and the hashes in the database are not enough to create a refresh token.</summary>
    [Fact]
    public async Task RefreshSession_WithATokenMadeFromTheDatabase_IsRejected()
    {
        var user = await _server.RegisterInvestorAsync();
        (await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK);
        var tokens = _server.Services.GetRequiredService<ITokenIssuer>();
        var sessionId = await _server.QueryAsync<Guid>($"SELECT id FROM sessions WHERE user_id = '{user.Id}'");
        var key = await _server.QueryAsync<byte[]>($"SELECT family_key FROM sessions WHERE id = '{sessionId}'");
        var salt = await _server.QueryAsync<byte[]>($"SELECT successor_salt FROM sessions WHERE id = '{sessionId}'");

        var made = tokens.SuccessorOf(tokens.CreateRefreshToken(sessionId, key), key, salt);

        ShouldBeRejected(await RefreshAsync(_server, made.Text));
    }

    /// <summary>Tests sessions of earlier versions, whose refresh tokens have no link to their predecessors.</summary>
    [Fact]
    public async Task RefreshSession_WithATokenOfAVersionBefore_GoesOnWithANewOne()
    {
        var user = await _server.RegisterInvestorAsync();
        var old = await MakeOldAsync(user);

        ShouldBeRejected(await RefreshAsync(_server, Guess(old)));
        var successor = RefreshTokenOf((await RefreshAsync(_server, old)).Expect(HttpStatusCode.OK));
        RefreshTokenOf((await RefreshAsync(_server, old)).Expect(HttpStatusCode.OK)).ShouldBe(successor);
        ShouldBeRejected(await RefreshAsync(_server, Guess(old)));

        var next = RefreshTokenOf((await RefreshAsync(_server, successor)).Expect(HttpStatusCode.OK));

        // It is no longer the direct predecessor, so the server cannot verify that it was ever issued.
        ShouldBeRejected(await RefreshAsync(_server, old));
        (await RefreshAsync(_server, next)).Expect(HttpStatusCode.OK);
    }

    /// <summary>
    /// Tests a rolling upgrade, in which a server of an earlier version exchanges a token without storing a family key or predecessor.
    /// </summary>
    [Fact]
    public async Task RefreshSession_AfterAServerOfAVersionBeforeExchangedTheToken_GoesOnAndEndsWithAnOlderOne()
    {
        var user = await _server.RegisterInvestorAsync();
        var second = RefreshTokenOf((await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK));
        var fromOlderServer = Guess(second);
        await SetCurrentAsync(user, fromOlderServer);

        var next = RefreshTokenOf((await RefreshAsync(_server, fromOlderServer)).Expect(HttpStatusCode.OK));
        (await RefreshAsync(_server, next)).Expect(HttpStatusCode.OK);

        ShouldBeRejected(await RefreshAsync(_server, second));
        (await SessionsOfAsync(_server, user, "revoked_at IS NOT NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task RefreshSession_OfAUserDeactivatedInTheDatabase_IsRejectedAndEndsTheSession()
    {
        var user = await _server.RegisterInvestorAsync();
        await _server.ExecuteAsync($"UPDATE users SET deactivated_at = now() WHERE id = '{user.Id}'");

        ShouldBeRejected(await RefreshAsync(_server, user.RefreshToken));

        (await SessionsOfAsync(_server, user, "revoked_at IS NOT NULL")).ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task RefreshSession_WithNoToken_GetsTheOneAnswer(string token)
    {
        var user = await _server.RegisterInvestorAsync();
        await RefreshAsync(_server, RefreshTokenOf(await RefreshAsync(_server, user.RefreshToken)));
        var reused = await RefreshAsync(_server, user.RefreshToken);

        var rejected = await RefreshAsync(_server, token);

        ShouldBeRejected(rejected);
        rejected.WithoutTrace().ShouldBe(reused.WithoutTrace());
    }

    [Theory]
    [InlineData(" {0}")]
    [InlineData("{0}\n")]
    public async Task RefreshSession_WithWhiteSpaceAroundTheToken_IsRejectedAndLeavesTheTokenValid(string form)
    {
        var user = await _server.RegisterInvestorAsync();

        ShouldBeRejected(await RefreshAsync(_server, string.Format(CultureInfo.InvariantCulture, form, user.RefreshToken)));
        (await RefreshAsync(_server, user.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task RefreshSession_WithAnAccessToken_IsRejected()
    {
        var user = await _server.RegisterInvestorAsync();

        ShouldBeRejected(await RefreshAsync(_server, user.AccessToken));
    }

    [Fact]
    public async Task RefreshSession_AfterTwoIdleWeeks_IsRejectedAtTheVeryInstant()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var start = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        server.Clock.FreezeAt(start);
        var inTime = await server.RegisterInvestorAsync();
        var late = await server.RegisterInvestorAsync();

        server.Clock.FreezeAt(start.AddDays(14).AddMicroseconds(-1));
        (await RefreshAsync(server, inTime.RefreshToken)).Expect(HttpStatusCode.OK);

        server.Clock.FreezeAt(start.AddDays(14));
        ShouldBeRejected(await RefreshAsync(server, late.RefreshToken));
    }

    [Fact]
    public async Task RefreshSession_SixtyDaysAfterTheLogIn_IsRejectedHoweverOftenItWasRefreshed()
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
        ShouldBeRejected(await RefreshAsync(server, token));
    }

    private static Task<long> SessionsOfAsync(ApiServer server, TestUser user, string condition) =>
        server.QueryAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{user.Id}' AND {condition}");

    /// <summary>Returns a token of the same session with different random bytes after its id.</summary>
    private static string Guess(string token)
    {
        var bytes = Base64Url.DecodeFromChars(token);
        RandomNumberGenerator.Fill(bytes.AsSpan(16));

        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Changes a user's session to one of an earlier version; returns its token.</summary>
    private async Task<string> MakeOldAsync(TestUser user)
    {
        var token = Guess(user.RefreshToken);
        await SetCurrentAsync(user, token);
        await _server.ExecuteAsync(
            $"UPDATE sessions SET family_key = NULL, successor_salt = NULL, rotated_at = NULL WHERE user_id = '{user.Id}'");

        return token;
    }

    private async Task SetCurrentAsync(TestUser user, string token)
    {
        var hash = Convert.ToHexString(SHA256.HashData(Base64Url.DecodeFromChars(token)));
        (await _server.ExecuteAsync($"UPDATE sessions SET token_hash = '\\x{hash}' WHERE user_id = '{user.Id}'")).ShouldBe(1);
    }

    private static Task<Answer> RefreshAsync(ApiServer server, string refreshToken) =>
        server.PostAsync("/api/auth/refresh", new { refreshToken });

    private static string RefreshTokenOf(Answer session) => session.Data.GetProperty("refreshToken").GetString()!;

    private static void ShouldBeRejected(Answer answer) => answer.ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
}
