using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Authorization;

/// <summary>Tests which callers may connect to the hub, and which clients receive the event of each hub method.</summary>
public sealed class HubMatrixTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private static readonly string[] _events = ["Joined", "NewMessage", "Typing", "Read", "ConversationUpdated"];

    /// <summary>
    /// By method: the event that the other participants receive when a participant calls it. A caller who is not a participant gets the
    /// error for an unknown conversation.
    /// </summary>
    private static readonly Dictionary<string, string?> _methods =
        new() { ["Join"] = null, ["Leave"] = null, ["Typing"] = "Typing", ["Read"] = "Read" };

    [Fact]
    public void Methods_ComparedWithTheMatrix_HaveEachARow() => HubCalls.Methods.ShouldBe(_methods.Keys, ignoreOrder: true);

    [Fact]
    public async Task Connect_WithAForgedToken_IsUnauthorizedBeforeTheUpgrade()
    {
        foreach (var (fault, token) in ForgedTokens.From(fixture.Cast.Investor, fixture.Server.Clock.GetUtcNow()))
        {
            foreach (var inQuery in new[] { false, true })
            {
                using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
                if (!inQuery && token is not null)
                    socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
                var address = RawHubConnection.AddressOf(
                    fixture.Server, inQuery && token is not null ? $"?access_token={Uri.EscapeDataString(token)}" : "");

                await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(address, TestContext.Current.CancellationToken));
                socket.HttpStatusCode.ShouldBe(HttpStatusCode.Unauthorized, fault);
            }

            using var client = fixture.Server.CreateClient();
            using var negotiation = new HttpRequestMessage(HttpMethod.Post, "/hubs/messaging/negotiate");
            if (token is not null)
                negotiation.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}").ShouldBeTrue();
            (await client.SendAsync(negotiation, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, fault);
        }

        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Method_ByANonParticipant_IsNotFoundAndSendsNoEvent()
    {
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "For the two alone")).Expect(HttpStatusCode.Created);
        var (otherInvestor, otherStartup, otherConversationId) = await fixture.Server.RegisterPairAsync();
        var admin = await fixture.Server.CreateAdminAsync();
        await using var ofInvestor = await investor.ConnectAsync();
        await using var ofStartup = await startup.ConnectAsync();
        await ofInvestor.CatchUpAsync(conversationId);
        await ofStartup.CatchUpAsync(conversationId);
        Forget(ofInvestor, ofStartup);

        foreach (var nonParticipant in new[] { otherInvestor, otherStartup, admin })
        {
            await using var connection = await nonParticipant.ConnectAsync();
            foreach (var method in _methods.Keys)
            {
                var ofForeign = await connection.ErrorOfAsync(method, With(method, conversationId));
                var ofUnknown = await connection.ErrorOfAsync(method, With(method, Guid.CreateVersion7()));

                ofForeign.GetProperty("code").GetString().ShouldBe("conversation.not_found", method);
                WithoutTrace(ofForeign).ShouldBe(WithoutTrace(ofUnknown), method);
            }

            // The rejected caller receives no later event of the conversation.
            (await startup.SendAsync(conversationId, "Still for the two alone")).Expect(HttpStatusCode.Created);
            await ofInvestor.NextAsync("NewMessage");
            await ofInvestor.NextAsync("ConversationUpdated");
            if (nonParticipant != admin)
                await connection.CatchUpAsync(otherConversationId);
            _events.Except(["Joined"]).ShouldAllBe(name => connection.Unread(name).Count == 0);
        }

        await ofInvestor.CatchUpAsync(conversationId);
        await ofStartup.CatchUpAsync(conversationId);
        ofInvestor.Unread("Typing").ShouldBeEmpty();
        ofInvestor.Unread("Read").ShouldBeEmpty();
        ofStartup.Unread("Typing").ShouldBeEmpty();
        ofStartup.Unread("Read").ShouldBeEmpty();
        (await fixture.Server.QueryAsync<long>($"SELECT count(*) FROM read_marks WHERE conversation_id = '{conversationId}'")).ShouldBe(0);
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Method_ByAParticipant_IsServedAndSentToTheOther()
    {
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Read this")).Expect(HttpStatusCode.Created);
        await using var caller = await investor.ConnectAsync();
        await using var listener = await startup.ConnectAsync();
        await caller.JoinAsync(conversationId);
        await listener.JoinAsync(conversationId);

        foreach (var (method, eventName) in _methods)
        {
            await caller.Hub.InvokeCoreAsync(method, typeof(object), [With(method, conversationId)], TestContext.Current.CancellationToken);
            if (eventName is not null)
                (await listener.NextAsync(eventName)).GetProperty("userId").GetGuid().ShouldBe(investor.Id);
        }
    }

    private static void Forget(params TestConnection[] connections)
    {
        foreach (var connection in connections)
        {
            foreach (var name in _events)
                connection.Unread(name);
        }
    }

    private static JsonElement With(string method, Guid conversationId) =>
        JsonSerializer.SerializeToElement(HubCalls.ArgumentOf(method, conversationId));

    private static string WithoutTrace(JsonElement rejection)
    {
        var json = JsonSerializer.SerializeToNode(rejection)!.AsObject();
        json.Remove("traceId").ShouldBeTrue();

        return json.ToJsonString();
    }
}
