using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests which calls the hub accepts and rejects, and that an error changes nothing.</summary>
public sealed class HubCallsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData("Join", """{"conversationId":"00000000-0000-7000-8000-000000000001","until":1}""", "until")]
    [InlineData("Join", """{"conversationid":"00000000-0000-7000-8000-000000000001"}""", "conversationid")]
    [InlineData("Join", """{}""", "conversationId")]
    [InlineData("Join", """{"conversationId":null}""", "conversationId")]
    [InlineData("Join", """{"conversationId":7}""", "conversationId")]
    [InlineData("Join", """{"conversationId":"0000000A-0000-7000-8000-000000000001"}""", "conversationId")]
    [InlineData("Join", """{"conversationId":"{00000000-0000-7000-8000-000000000001}"}""", "conversationId")]
    [InlineData("Join", """{"conversationId":"00000000-0000-0000-0000-000000000000"}""", "conversationId")]
    [InlineData("Join", "null", "$")]
    [InlineData("Join", "[]", "$")]
    [InlineData("Join", "\"00000000-0000-7000-8000-000000000001\"", "$")]
    [InlineData("Leave", """{"conversationId":true}""", "conversationId")]
    [InlineData("Typing", """{"conversationId":"00000000-0000-7000-8000-000000000001"}""", "isTyping")]
    [InlineData("Typing", """{"conversationId":"00000000-0000-7000-8000-000000000001","isTyping":"true"}""", "isTyping")]
    [InlineData("Typing", """{"conversationId":"00000000-0000-7000-8000-000000000001","isTyping":null}""", "isTyping")]
    [InlineData("Read", """{"conversationId":"00000000-0000-7000-8000-000000000001","messageIds":null}""", "messageIds")]
    [InlineData("Read", """{"conversationId":"00000000-0000-7000-8000-000000000001","messageIds":"all"}""", "messageIds")]
    [InlineData("Read", """{"conversationId":"00000000-0000-7000-8000-000000000001","messageIds":[]}""", "messageIds")]
    public async Task HubCall_WithMalformedArgument_IsRejectedWithTheMemberAndGoesOn(string method, string argument, string member)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();

        var error = await connection.ErrorOfAsync(method, JsonDocument.Parse(argument).RootElement);

        error.GetProperty("code").GetString().ShouldBe("validation.failed");
        error.GetProperty("status").GetInt32().ShouldBe(400);
        error.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe([member]);
        await connection.JoinAsync(conversationId);
    }

    [Theory]
    [InlineData]
    [InlineData(1, 2)]
    [InlineData("x", null, true)]
    public async Task HubCall_WithAnotherNumberOfArguments_IsRejectedAndGoesOn(params object?[] arguments)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();

        var error = await connection.ErrorOfAsync("Join", arguments);

        error.GetProperty("code").GetString().ShouldBe("validation.failed");
        error.GetProperty("errors").GetProperty("$")[0].GetProperty("code").GetString().ShouldBe("malformed");
        await connection.JoinAsync(conversationId);
    }

    [Fact]
    public async Task HubCall_ThatIsRejected_IsAnsweredWithTheProblemDocumentOfRest()
    {
        var investor = await _server.RegisterInvestorAsync();
        await using var connection = await investor.ConnectAsync();
        var conversationId = Guid.CreateVersion7();

        var overHub = await connection.ErrorOfAsync("Join", new { conversationId });
        var overRest = (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.NotFound);

        overHub.GetProperty("type").GetString().ShouldBe("urn:cleanmessaging:problem:conversation.not_found");
        foreach (var member in overRest.Body.EnumerateObject().Where(member => member.Name != "traceId"))
            overHub.GetProperty(member.Name).GetRawText().ShouldBe(member.Value.GetRawText());
        overHub.EnumerateObject().Count().ShouldBe(overRest.Body.EnumerateObject().Count());
    }

    [LongFact]
    public async Task HubCall_WhileTheDatabaseDoesNotAnswer_IsLoggedOnce()
    {
        using var logs = new CapturedLogs();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), logs.AddTo);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();
        await using var holder = await LockHolder.HoldAsync(server, "LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE");

        var error = await connection.ErrorOfAsync("Join", new { conversationId });

        error.GetProperty("code").GetString().ShouldBe("storage.unavailable");
        logs.Lines.Count(
            line =>
                line.Level == LogLevel.Warning && line.Text.StartsWith("The hub call Join could not be served", StringComparison.Ordinal))
            .ShouldBe(1);
    }

    [Fact]
    public async Task QueryToken_OnTheHubPathOnly_IsAccepted()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = _server.CreateClient();
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(
            RawHubConnection.AddressOf(_server, $"?access_token={investor.AccessToken}"), TestContext.Current.CancellationToken);

        socket.State.ShouldBe(WebSocketState.Open);
        foreach (var path in new[] { "/api/conversations", "/api/messages/quota", "/api/wallet" })
        {
            var rejected = await Answer.OfAsync(
                await client.GetAsync($"{path}?access_token={investor.AccessToken}", TestContext.Current.CancellationToken));
            rejected.ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }
    }

    [Fact]
    public async Task Connection_WhenItsTokenEnds_IsClosedAndCannotBeReopened()
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Jwt:AccessTokenLifetime"] = "00:00:02" });
        var investor = await server.RegisterInvestorAsync();
        await using var connection = await investor.ConnectAsync();

        // SignalR uses the system clock, not the application's clock, and checks once a second.
        await connection.Closed.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        server.Clock.GetUtcNow().ShouldBeGreaterThanOrEqualTo(ExpiryOf(investor.AccessToken));
        (await investor.GetAsync("/api/conversations")).Expect(HttpStatusCode.Unauthorized);
        await using var again = new TestConnection(investor.BuildConnection());
        await Should.ThrowAsync<Exception>(() => again.Hub.StartAsync(TestContext.Current.CancellationToken));
    }

    private static DateTimeOffset ExpiryOf(string token)
    {
        var payload = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        var json = Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='));

        return DateTimeOffset.FromUnixTimeSeconds(JsonDocument.Parse(json).RootElement.GetProperty("exp").GetInt64());
    }
}
