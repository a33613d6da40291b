using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class HubCallLimitTests(HubCallLimitTests.FewCalls fixture) : IClassFixture<HubCallLimitTests.FewCalls>
{
    private const int Burst = 10;
    private const int ErrorsInARow = 200;

    [Fact]
    public async Task HubCalls_BeyondTheBurst_AreRejectedUntilItComesBack()
    {
        var (investor, _, conversationId) = await fixture.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();
        await SpendAsync(connection, conversationId);

        var rejection = await connection.ErrorOfAsync("Join", new { conversationId });

        rejection.GetProperty("code").GetString().ShouldBe("rate_limit.exceeded");
        rejection.GetProperty("status").GetInt32().ShouldBe(429);
        rejection.GetProperty("success").GetBoolean().ShouldBeFalse();
        rejection.GetProperty("retryable").GetBoolean().ShouldBeTrue();
        rejection.GetProperty("retryAfter").GetInt32().ShouldBeGreaterThanOrEqualTo(1);
        await Eventually.TrueAsync(async () => await MayCallAsync(connection, conversationId), "the bucket fills again");
    }

    [Fact]
    public async Task HubCalls_OverTwoConnections_AreCountedAsOneAndDoNotAffectOthers()
    {
        var (investor, startup, conversationId) = await fixture.RegisterPairAsync();
        await using var first = await investor.ConnectAsync();
        await using var second = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();
        await SpendAsync(first, conversationId);

        (await second.ErrorOfAsync("Typing", new { conversationId, isTyping = true })).GetProperty("status").GetInt32().ShouldBe(429);
        await other.JoinAsync(conversationId);
    }

    [Fact]
    public async Task HubCalls_OfAFlood_CloseOnlyThatConnectionAndReachNoOne()
    {
        var (investor, startup, conversationId) = await fixture.RegisterPairAsync();
        await using var quiet = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();
        await other.JoinAsync(conversationId);
        await using var flood = await RawHubConnection.OpenAsync(fixture.Server, investor);
        var call = $$"""{"type":1,"target":"Read","arguments":[{"conversationId":"{{conversationId}}"}]}""";

        await SendUntilCutAsync(flood, call, 10_000);

        await flood.WaitForEndAsync();
        (await investor.SendAsync(conversationId, "Still there")).Expect(HttpStatusCode.Created);
        (await other.NextAsync("NewMessage")).GetProperty("message").GetProperty("content").GetString().ShouldBe("Still there");
        (await quiet.NextAsync("ConversationUpdated")).ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [LongFact]
    public async Task HubCalls_RejectedNowAndThen_DoNotCutTheConnection()
    {
        var (investor, _, conversationId) = await fixture.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();

        // More rejections than the limit that closes a connection, but not consecutive. A call succeeds after at most a second; by then 100
        // more are rejected.
        for (var row = 0; row < 4; row++)
        {
            for (var rejected = 0; rejected < ErrorsInARow / 3;)
                rejected += await MayCallAsync(connection, conversationId) ? 0 : 1;

            await Eventually.TrueAsync(async () => await MayCallAsync(connection, conversationId), "one passes between");
        }

        connection.Closed.Task.IsCompleted.ShouldBeFalse();
    }

    private static async Task SendUntilCutAsync(RawHubConnection connection, string call, int calls)
    {
        try
        {
            for (var sent = 0; sent < calls; sent++)
                await connection.SendAsync(call);
        }
        catch (Exception exception) when (exception is System.Net.WebSockets.WebSocketException or IOException)
        {
            // The server closed the connection during a call.
        }
    }

    private static async Task<bool> MayCallAsync(TestConnection connection, Guid conversationId)
    {
        try
        {
            await connection.JoinAsync(conversationId);

            return true;
        }
        catch (Microsoft.AspNetCore.SignalR.HubException rejected)
        {
            rejected.Message.ShouldContain("rate_limit.exceeded");

            return false;
        }
    }

    private static async Task SpendAsync(TestConnection connection, Guid conversationId)
    {
        var calls = 0;
        while (await MayCallAsync(connection, conversationId))
            (++calls).ShouldBeLessThan(Burst * 3);

        calls.ShouldBeGreaterThanOrEqualTo(Burst);
    }

    public sealed class FewCalls(TestPostgres postgres) : LimitedServerFixture(
        postgres,
        ("Limits:HubCallBurst", $"{Burst}"),
        ("Limits:HubCallsPerSecond", "1"),
        ("Limits:HubRefusals", $"{ErrorsInARow}"));
}
