using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Transport;

/// <summary>
/// Tests that tokens are refreshed in time, once for all concurrent calls, and that the end of the session is raised once.
/// </summary>
public sealed class AccessTests : IDisposable
{
    private const string Quota =
        """{"success":true,"data":{"messagesSentToday":0,"remainingFree":20,"requiresPoints":false,"pointsPerMessage":10,"dailyFreeLimit":20,"resetsAt":"2026-03-02T00:00:00Z","balance":0}}""";

    private readonly FakeTimeProvider _time = new(Given.Noon);
    private readonly MemoryCredentialStore _store = new();
    private readonly ScriptedServer _server;
    private readonly List<MessagingClient> _clients = [];
    private TimeSpan _lifetime = TimeSpan.FromMinutes(15);
    private TaskCompletionSource? _hold;
    private int _issued;
    private string _good = "";
    private bool _hasEnded;
    private bool _isBusy;
    private int _losesAnswers;
    private Func<HttpResponseMessage>? _fails;
    private (string Body, Credentials? Credentials) _exchanged = ("", null);

    public AccessTests() => _server = new ScriptedServer((request, _) => AnswerAsync(request));

    private IReadOnlyList<string> RefreshBodies =>
        [.. _server.Requests.Where(request => request.Line == "POST /api/auth/refresh").Select(request => request.Body)];

    private int Exchanges => _server.Requests.Count(request => request.Line == "POST /api/auth/refresh");

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _server.Dispose();
        _store.Dispose();
    }

    [Fact]
    public async Task AnyCall_WithAValidToken_ExchangesNothing()
    {
        var client = await SignedInAsync();

        await AskAsync(client);
        _time.Advance(TimeSpan.FromMinutes(14));
        await AskAsync(client);

        Exchanges.ShouldBe(0);
    }

    [Fact]
    public async Task AnyCall_ShortlyBeforeTheTokenEnds_ExchangesItFirst()
    {
        var client = await SignedInAsync();

        _time.Advance(TimeSpan.FromMinutes(14.75));
        await AskAsync(client);

        Exchanges.ShouldBe(1);
        _server.Requests.Last().Token.ShouldBe("access 2");
        (await _store.LoadAsync(Cancellation)).ShouldNotBeNull().RefreshToken.ShouldBe("refresh 2");
    }

    [Fact]
    public async Task ManyCallsAtOnce_WithATokenThatHasEnded_ExchangeItOnce()
    {
        var client = await SignedInAsync();
        _time.Advance(TimeSpan.FromMinutes(20));

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync(client)));

        Exchanges.ShouldBe(1);
    }

    [Fact]
    public async Task TwoClients_OfOneStore_ExchangeOnce()
    {
        var one = await SignedInAsync();
        var other = Client();
        (await other.Accounts.RestoreAsync(Cancellation)).ShouldBe(Given.Ines);
        _time.Advance(TimeSpan.FromMinutes(20));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => AskAsync(number % 2 == 0 ? one : other)));

        Exchanges.ShouldBe(1);
    }

    [Fact]
    public async Task OneClient_AfterAnotherExchangedLongAgo_GoesOnWithTheOthersCredentials()
    {
        var one = await SignedInAsync();
        var other = Client();
        await other.Accounts.RestoreAsync(Cancellation);
        await one.Accounts.RefreshAsync(Cancellation);
        _time.Advance(TimeSpan.FromMinutes(20));

        await AskAsync(other);

        Exchanges.ShouldBe(2);
        _server.Requests.Count(request => request.Line.EndsWith("quota", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task AnyCall_WhoseTokenIsRejected_ExchangesItAndAsksAgain()
    {
        var client = await SignedInAsync();
        _good = "another one";

        await AskAsync(client);

        Exchanges.ShouldBe(1);
    }

    [Fact]
    public async Task ManyCalls_WhenTheSessionHasEnded_AreSignedOutAndItIsSaidOnce()
    {
        var client = await SignedInAsync();
        var said = 0;
        client.SignedOut += () => Interlocked.Increment(ref said);
        _hasEnded = true;

        foreach (var call in Enumerable.Range(0, 10).Select(_ => AskAsync(client)).ToList())
            await Should.ThrowAsync<SignedOutException>(call);

        await Eventually.TrueAsync(() => Volatile.Read(ref said) > 0, "The client does not raise SignedOut.");
        await Should.ThrowAsync<SignedOutException>(() => AskAsync(client));
        said.ShouldBe(1);
        client.User.ShouldBeNull();
        (await _store.LoadAsync(Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task SignedOut_WithAListenerThatThrows_IsStillSaidToTheNextOne()
    {
        var client = await SignedInAsync();
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.SignedOut += () => throw new InvalidOperationException("A listener's own fault.");
        client.SignedOut += said.SetResult;
        _hasEnded = true;

        await Should.ThrowAsync<SignedOutException>(() => AskAsync(client));

        await said.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
    }

    [Fact]
    public async Task SignedOut_WithAListenerThatLogsInAgain_LetsItDoSo()
    {
        var client = await SignedInAsync();
        var again = new TaskCompletionSource<User>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.SignedOut += async () =>
        {
            _hasEnded = false;
            again.SetResult(await client.Accounts.LogInAsync("investor@example.com", "password", Cancellation));
        };
        _hasEnded = true;

        await Should.ThrowAsync<SignedOutException>(() => AskAsync(client));

        (await again.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancellation)).ShouldBe(Given.Ines);
        await AskAsync(client);
    }

    [Fact]
    public async Task AnyCall_AfterAnotherClientOfTheStoreLoggedOut_IsSignedOut()
    {
        var one = await SignedInAsync();
        var other = Client();
        await other.Accounts.RestoreAsync(Cancellation);
        await one.Accounts.LogOutAsync(Cancellation);
        _good = "none";

        await Should.ThrowAsync<SignedOutException>(() => AskAsync(other));

        Exchanges.ShouldBe(0);
    }

    [Fact]
    public async Task Exchange_ThatFailsBecauseOfAnOlderUser_LeavesTheNewOneSignedIn()
    {
        var client = await SignedInAsync();
        _time.Advance(TimeSpan.FromMinutes(20));
        _hold = new TaskCompletionSource();
        _hasEnded = true;
        var rejected = AskAsync(client);
        await Eventually.TrueAsync(() => Exchanges == 1, "It is not exchanged.");

        var signIn = client.Api.Tokens.SignInAsync(Given.Credentials("Stan", _time.GetUtcNow().AddHours(1), Given.Stan), Cancellation);
        _hold.SetResult();
        await Should.ThrowAsync<SignedOutException>(() => rejected);
        await signIn;

        client.User.ShouldBe(Given.Stan);
        (await _store.LoadAsync(Cancellation)).ShouldNotBeNull().User.ShouldBe(Given.Stan);
    }

    [Fact]
    public async Task CallForOneUser_WhenAnotherIsSignedIn_IsSignedOut()
    {
        var client = await SignedInAsync();
        var messages = new MessagesClient(client.Api.For(Given.Ines.Id));
        await messages.GetQuotaAsync(Cancellation);

        await client.Api.Tokens.SignInAsync(Given.Credentials("Stan", _time.GetUtcNow().AddHours(1), Given.Stan), Cancellation);

        await Should.ThrowAsync<SignedOutException>(() => messages.GetQuotaAsync(Cancellation));
        _server.Requests.ShouldAllBe(request => request.Token == null || !request.Token.Contains("Stan"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(40)]
    public async Task ShortLivedTokens_OverTheirWholeLife_AreExchangedOnceEach(int seconds)
    {
        _lifetime = TimeSpan.FromSeconds(seconds);
        var client = await SignedInAsync();

        await AskAsync(client);
        await AskAsync(client);
        client.Api.Tokens.RenewIn.ShouldBeGreaterThan(TimeSpan.Zero);
        Exchanges.ShouldBe(0);

        _time.Advance(_lifetime * 0.9);
        await AskAsync(client);
        await AskAsync(client);
        Exchanges.ShouldBe(1);
    }

    [Fact]
    public async Task ShortLivedTokens_OfAStoreOrOfAnotherClient_AreUsedTooUntilTheyEnd()
    {
        _lifetime = TimeSpan.FromSeconds(4);
        var one = await SignedInAsync();
        var other = Client();
        await AskAsync(one);
        await other.Accounts.RestoreAsync(Cancellation);

        await AskAsync(other);
        await AskAsync(other);
        Exchanges.ShouldBe(0);

        await one.Accounts.RefreshAsync(Cancellation);
        _time.Advance(TimeSpan.FromSeconds(3.5));
        await AskAsync(one);
        await AskAsync(other);
        await AskAsync(other);
        Exchanges.ShouldBe(2);
    }

    [Fact]
    public async Task AnyCall_WithAClockThatIsAheadByMoreThanATokenLives_DoesNotExchangeOverAndOver()
    {
        // No response contains the server's time, as in a browser that hides the Date header from a page.
        var client = await SignedInAsync(serverTime: Given.Noon.AddHours(-1));

        for (var call = 0; call < 5; call++)
            await AskAsync(client);

        Exchanges.ShouldBe(0);
        client.Api.Tokens.RenewIn.ShouldBe(Timeout.InfiniteTimeSpan);

        _good = "another one";
        await AskAsync(client);
        Exchanges.ShouldBe(1);
    }

    [Fact]
    public async Task Exchange_WhoseCallerGivesUp_GoesOn()
    {
        var client = await SignedInAsync();
        _time.Advance(TimeSpan.FromMinutes(20));
        _hold = new TaskCompletionSource();
        using var cancellation = new CancellationTokenSource();
        var call = client.Messages.GetQuotaAsync(cancellation.Token);
        await Eventually.TrueAsync(() => Exchanges == 1, "It is not exchanged.");

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        _hold.SetResult();

        await AskAsync(client);
        Exchanges.ShouldBe(1);
    }

    [Fact]
    public async Task Exchange_ThatCannotBeMade_DoesNotSignOut()
    {
        var client = await SignedInAsync();
        _time.Advance(TimeSpan.FromMinutes(20));
        _isBusy = true;

        var failure = await Should.ThrowAsync<ServerUnavailableException>(() => AskAsync(client));

        failure.Code.ShouldBe("storage.unavailable");
        client.User.ShouldBe(Given.Ines);
        _isBusy = false;
        await AskAsync(client);
    }

    [Fact]
    public async Task Exchange_WhoseAnswerIsLost_IsRepeatedAtOnceWithTheSameToken()
    {
        var client = await SignedInAsync();
        _time.Advance(TimeSpan.FromMinutes(20));
        _losesAnswers = 1;

        await AskAsync(client);

        RefreshBodies.ShouldBe([RefreshBodies[0], RefreshBodies[0]]);
        RefreshBodies[0].ShouldContain("refresh 1");
        client.User.ShouldBe(Given.Ines);
        (await _store.LoadAsync(Cancellation)).ShouldNotBeNull().RefreshToken.ShouldBe("refresh 2");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Exchange_WhoseAnswersAreLostForLonger_DoesNotSignOutAndGoesOnWithTheSameToken(int lost)
    {
        var client = await SignedInAsync();
        var said = false;
        client.SignedOut += () => said = true;
        _time.Advance(TimeSpan.FromMinutes(20));
        _losesAnswers = lost;

        for (var call = 0; call < lost / 2; call++)
            (await Should.ThrowAsync<ServerUnavailableException>(() => AskAsync(client))).IsRetryable.ShouldBeTrue();
        await AskAsync(client);

        RefreshBodies.Distinct().ShouldHaveSingleItem().ShouldContain("refresh 1");
        client.User.ShouldBe(Given.Ines);
        said.ShouldBeFalse();
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError, "internal_error")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown")]
    [InlineData(HttpStatusCode.BadGateway, null)]
    [InlineData(HttpStatusCode.GatewayTimeout, null)]
    [InlineData(HttpStatusCode.TooManyRequests, "rate_limit.exceeded")]
    public async Task Exchange_WithAnyFailureBut401_KeepsTheSignIn(HttpStatusCode status, string? code)
    {
        var client = await SignedInAsync();
        _time.Advance(TimeSpan.FromMinutes(20));
        _fails = () => code is null
            ? new HttpResponseMessage(status) { Content = new StringContent("<html>Bad gateway</html>") }
            : ScriptedServer.Problem(status, code, retryable: true);

        await Should.ThrowAsync<MessagingException>(() => AskAsync(client));

        client.User.ShouldBe(Given.Ines);
        (await _store.LoadAsync(Cancellation)).ShouldNotBeNull().RefreshToken.ShouldBe("refresh 1");
        _fails = null;
        await AskAsync(client);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogOut_WhetherOrNotTheServerCanBeReached_ForgetsTheCredentials(bool isBusy)
    {
        var client = await SignedInAsync();
        var said = false;
        client.SignedOut += () => said = true;
        _isBusy = isBusy;

        await client.Accounts.LogOutAsync(Cancellation);

        client.User.ShouldBeNull();
        (await _store.LoadAsync(Cancellation)).ShouldBeNull();
        said.ShouldBeFalse();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MessagingClient Client()
    {
        var client = new MessagingClient(new Uri("http://localhost"), _store, _server, _time);
        _clients.Add(client);

        return client;
    }

    /// <param name="serverTime">The server's time when it differs from the client's; no response states it.</param>
    private async Task<MessagingClient> SignedInAsync(DateTimeOffset? serverTime = null)
    {
        if (serverTime is { } serverNow)
            _lifetime = serverNow + TimeSpan.FromMinutes(15) - _time.GetUtcNow();
        var client = Client();
        await client.Accounts.LogInAsync("investor@example.com", "password", Cancellation);

        return client;
    }

    private static Task<Quota> AskAsync(MessagingClient client) => client.Messages.GetQuotaAsync(Cancellation);

    private async Task<HttpResponseMessage> AnswerAsync(ScriptedServer.Request request)
    {
        switch (request.Line)
        {
            case "POST /api/auth/login":
                return Issue();
            case "POST /api/auth/refresh":
                if (_hold is { } hold)
                    await hold.Task;
                if (_isBusy)
                    return ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "storage.unavailable", retryable: true);

                if (_fails is { } fail)
                    return fail();
                if (_hasEnded)
                    return ScriptedServer.Problem(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");

                // Like the real server, it repeats its response for a token that it has already exchanged.
                if (request.Body != _exchanged.Body)
                    _exchanged = (request.Body, NewCredentials());

                return _losesAnswers-- > 0 ? throw new HttpRequestException("The connection was lost.") : Answer(_exchanged.Credentials!);
            case "POST /api/auth/logout":
                return _isBusy
                    ? ScriptedServer.Problem(
                        HttpStatusCode.TooManyRequests, "rate_limit.exceeded", retryable: true, more: "\"retryAfter\":3")
                    : ScriptedServer.Json("""{"success":true,"data":null}""");
            default:
                return _hasEnded || request.Token != _good
                    ? ScriptedServer.Problem(HttpStatusCode.Unauthorized, "auth.unauthenticated")
                    : ScriptedServer.Json(Quota);
        }
    }

    private HttpResponseMessage Issue() => Answer(NewCredentials());

    private Credentials NewCredentials()
    {
        var credentials = Given.Credentials($"{++_issued}", _time.GetUtcNow() + _lifetime);
        _good = credentials.AccessToken;

        return credentials;
    }

    private static HttpResponseMessage Answer(Credentials credentials) =>
        ScriptedServer.Json($$"""{"success":true,"data":{{JsonSerializer.Serialize(credentials, MessagingJson.Default.Credentials)}}}""");
}
