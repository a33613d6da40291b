using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Transport;

/// <summary>Tests responses that do not conform to the API, and missing responses.</summary>
public sealed class ApiTransportTests
{
    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.BadGateway)]
    public async Task AnyCall_AnsweredByAProxysPage_IsNotTheServersRejection(HttpStatusCode status)
    {
        var failure = await FailureOfAsync(
            () => new HttpResponseMessage(status) { Content = new StringContent("<html>Log in to this network</html>") });

        var unavailable = failure.ShouldBeOfType<ServerUnavailableException>();
        unavailable.Code.ShouldBe("client.unexpected_answer");
        unavailable.Status.ShouldBe((int)status);
        unavailable.IsOutcomeUnknown.ShouldBeTrue();
        unavailable.IsRetryable.ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Welcome</html>")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"success":true,"data":{"messagesSentToday":1}}""")]
    [InlineData("""{"success":true,"data":{"messagesSentToday":0,"rem""")]
    public async Task AnyCall_AnsweredByHalfAnAnswerOrAnother_IsNoAnswer(string body)
    {
        var failure = await FailureOfAsync(() => ScriptedServer.Json(body));

        failure.ShouldBeOfType<ServerUnavailableException>().Code.ShouldBe("client.unexpected_answer");
    }

    [Fact]
    public async Task AnyCall_RejectedInJsonThatIsNoneOfOurs_IsNotTheServersRejection()
    {
        var failure = await FailureOfAsync(
            () => ScriptedServer.Json("""{"code":"NotFound","message":"No such host."}""", HttpStatusCode.NotFound));

        failure.ShouldBeOfType<ServerUnavailableException>();
    }

    [Fact]
    public async Task AnyCall_ThatAProxyAsksToRepeatLater_SaysWhen()
    {
        var failure = await FailureOfAsync(() =>
        {
            var busy = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            busy.Headers.Add("Retry-After", "7");

            return busy;
        });

        failure.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task AnyCall_WithoutAnAnswer_MayHaveTakenEffect()
    {
        var failure = await FailureOfAsync(() => throw new HttpRequestException("There is no network."));

        var unavailable = failure.ShouldBeOfType<ServerUnavailableException>();
        unavailable.Code.ShouldBe("client.unreachable");
        unavailable.IsOutcomeUnknown.ShouldBeTrue();
    }

    [Fact]
    public async Task AnyCall_ThatTheCallerGivesUp_IsCanceled()
    {
        using var cancellation = new CancellationTokenSource();
        using var server = new ScriptedServer(async (_, cancellationToken) =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);

            return new HttpResponseMessage();
        });
        using var client = await SignedInAsync(server);

        await Should.ThrowAsync<OperationCanceledException>(() => client.Messages.GetQuotaAsync(cancellation.Token));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown", true)]
    [InlineData(HttpStatusCode.InternalServerError, "internal_error", true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "storage.unavailable", false)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "server.busy", false)]
    public async Task AnyCall_ThatTheServerCannotServe_SaysWhetherItMayHaveTakenEffect(HttpStatusCode status, string code, bool isUnknown)
    {
        var failure = await FailureOfAsync(() => ScriptedServer.Problem(status, code, more: "\"retryAfter\":2"));

        var unavailable = failure.ShouldBeOfType<ServerUnavailableException>();
        unavailable.Code.ShouldBe(code);
        unavailable.IsOutcomeUnknown.ShouldBe(isUnknown);
        unavailable.RetryAfter.ShouldBe(TimeSpan.FromSeconds(2));
        unavailable.TraceId.ShouldBe("t");
    }

    /// <summary>Tests that no answer of a proxy makes the client wait longer than an hour, or longer than a timer can.</summary>
    [Theory]
    [InlineData("99999999", 3600)]
    [InlineData("3600", 3600)]
    [InlineData("3599", 3599)]
    public async Task AnyCall_ThatMayBeRepeatedMuchLater_WaitsAtMostAnHour(string seconds, int expected)
    {
        var failure = await FailureOfAsync(
            () => ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "server.busy", more: $"\"retryAfter\":{seconds}"));

        failure.ShouldBeOfType<ServerUnavailableException>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(expected));
    }

    [Theory]
    [InlineData("http://localhost/chat")]
    [InlineData("http://localhost/chat/")]
    public async Task AnyCall_ToAServerUnderAPath_GoesThere(string address)
    {
        using var server = new ScriptedServer(_ => ScriptedServer.Problem(HttpStatusCode.NotFound, "user.not_found"));
        using var client = await SignedInAsync(server, address);

        await Should.ThrowAsync<NotFoundException>(
            () => client.Users.FindAsync("a b&c=d/ü", cancellationToken: TestContext.Current.CancellationToken));

        server.Requests.ShouldHaveSingleItem().Line.ShouldBe("GET /chat/api/users?search=a%20b%26c%3Dd%2F%C3%BC&limit=50");
    }

    [Theory]
    [InlineData(0xd800)]
    [InlineData(0xdc00)]
    public async Task Send_OfHalfASurrogatePair_IsNotSentAsSomethingElse(int half)
    {
        var content = $"a{(char)half}b";
        using var server = new ScriptedServer(_ => ScriptedServer.Problem(HttpStatusCode.NotFound, "conversation.not_found"));
        using var client = await SignedInAsync(server);

        await Should.ThrowAsync<ArgumentException>(() =>
            client.Messages.SendAsync(Given.ConversationId, content, cancellationToken: TestContext.Current.CancellationToken));

        server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("Schlüssel")]
    [InlineData("")]
    public async Task Credit_WithAKeyThatNoHeaderCanHave_IsNotSent(string key)
    {
        using var server = new ScriptedServer(_ => ScriptedServer.Problem(HttpStatusCode.NotFound, "wallet.not_found"));
        using var client = await SignedInAsync(server);

        await Should.ThrowAsync<ArgumentException>(() =>
            client.Administration.CreditAsync(Given.Ines.Id, 1, "Welcome", key, TestContext.Current.CancellationToken));

        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void Secrets_WrittenAsText_SayNothing()
    {
        var credentials = Given.Credentials("secret", Given.Noon);

        $"{credentials}".ShouldNotContain("secret");
    }

    private static async Task<MessagingException> FailureOfAsync(Func<HttpResponseMessage> answer)
    {
        using var server = new ScriptedServer(_ => answer());
        using var client = await SignedInAsync(server);

        return await Should.ThrowAsync<MessagingException>(() => client.Messages.GetQuotaAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<MessagingClient> SignedInAsync(ScriptedServer server, string address = "http://localhost")
    {
        var client = new MessagingClient(new Uri(address), handler: server);
        var clock = new TestClock();
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", clock.GetUtcNow().AddHours(1)), TestContext.Current.CancellationToken);

        return client;
    }
}
