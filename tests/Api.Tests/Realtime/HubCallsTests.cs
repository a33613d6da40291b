using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>What the hub takes, what it refuses, and what a refusal leaves intact.</summary>
public sealed class HubCallsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Unknown = "00000000-0000-7000-8000-000000000001";

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
    public async Task HubCall_WithMalformedArgument_IsRefusedWithTheMemberAndGoesOn(string method, string argument, string member)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();

        var refusal = await connection.RefusalOfAsync(method, JsonDocument.Parse(argument).RootElement);

        refusal.GetProperty("code").GetString().ShouldBe("validation.failed");
        refusal.GetProperty("status").GetInt32().ShouldBe(400);
        refusal.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe([member]);
        await connection.JoinAsync(conversationId);
    }

    [Theory]
    [InlineData("Join", $$"""{"conversationId":"{{Unknown}}","conversationId":"{{Unknown}}"}""")]
    [InlineData("Join", $$"""{"conversationId":"{{Unknown}}"},{}""")]
    [InlineData("Join", "")]
    [InlineData("OnConnectedAsync", "")]
    [InlineData("Dispose", "")]
    [InlineData("SendMessage", "{}")]
    public async Task HubCall_ThatCannotBeBound_IsRefusedAndGoesOn(string method, string arguments)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var socket = await RawHubConnection.OpenAsync(_server, investor);

        var refusal = await socket.InvokeAsync(method, arguments);
        var joined = await socket.InvokeAsync("Join", $$"""{"conversationId":"{{conversationId}}"}""");

        var error = refusal.GetProperty("error").GetString();
        error.ShouldNotBeNull();
        error.ShouldNotContain("Exception: System");
        error.ShouldNotContain("CleanMessaging.");
        joined.TryGetProperty("error", out _).ShouldBeFalse(joined.GetRawText());
    }

    [Fact]
    public async Task HubFrame_Over32Kilobytes_ClosesThatConnectionAlone()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var bystander = await startup.ConnectAsync();
        await bystander.JoinAsync(conversationId);
        await using var socket = await RawHubConnection.OpenAsync(_server, investor);

        await socket.SendAsync($$"""{"type":1,"invocationId":"1","target":"Join","arguments":[{"conversationId":"{{new string('a', 33 * 1024)}}"}]}""");

        await socket.WaitForEndAsync();
        (await investor.SendAsync(conversationId, "Still there")).Expect(HttpStatusCode.Created);
        (await bystander.NextAsync("NewMessage")).GetProperty("message").GetProperty("content").GetString().ShouldBe("Still there");
        bystander.Hub.State.ShouldBe(HubConnectionState.Connected);
    }

    [Fact]
    public async Task Connect_WithoutOrWithBadToken_IsUnauthorized()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = _server.CreateClient();

        foreach (var query in new[] { "", "?access_token=", "?access_token=nonsense", $"?access_token={investor.AccessToken}x" })
        {
            (await client.PostAsync($"/hubs/messaging/negotiate{query}", null, TestContext.Current.CancellationToken))
                .StatusCode.ShouldBe(HttpStatusCode.Unauthorized, query);
            using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
            await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(RawHubConnection.AddressOf(_server, query), TestContext.Current.CancellationToken));
            socket.HttpStatusCode.ShouldBe(HttpStatusCode.Unauthorized, query);
        }
    }

    [Fact]
    public async Task QueryToken_OnTheHubPathAlone_IsAccepted()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = _server.CreateClient();
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(RawHubConnection.AddressOf(_server, $"?access_token={investor.AccessToken}"), TestContext.Current.CancellationToken);

        socket.State.ShouldBe(WebSocketState.Open);
        foreach (var path in new[] { "/api/conversations", "/api/messages/quota", "/api/wallet" })
        {
            var refused = await Answer.OfAsync(await client.GetAsync($"{path}?access_token={investor.AccessToken}", TestContext.Current.CancellationToken));
            refused.ExpectRefusal(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }
    }

    [Fact]
    public async Task Connection_WhenItsTokenEnds_IsClosedAndCannotBeReopened()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Jwt:AccessTokenLifetime"] = "00:00:02" });
        var investor = await server.RegisterInvestorAsync();
        await using var connection = await investor.ConnectAsync();

        // SignalR goes by the system's clock, not by the application's: it looks once a second.
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
