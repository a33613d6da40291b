using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using StackExchange.Redis;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>Tests that each server knows who is typing on the other.</summary>
[Collection(nameof(OnSharedServers))]
public sealed class TypingAcrossServersTests(SharedServerPair shared)
{
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Typing_OnOneServer_IsReturnedByTheOther()
    {
        var servers = shared.Servers;
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var typist = await investor.ConnectAsync();
        await using var listAtOther = await startup.ConnectAsync();
        await using (var before = await ServerPair.JoinedAsync(ServerPair.At(servers.One, startup), conversationId))
        {
            await TypeAsync(typist, conversationId, isTyping: true);
            await before.NextAsync("Typing");
        }

        // The other reconnects to another server within the 6 seconds, after that server has the event.
        await listAtOther.NextAsync("Typing");
        (await TypistsAsync(startup, conversationId)).ShouldBe([investor.Id]);
        (await TypistsAsync(ServerPair.At(servers.Other, investor), conversationId)).ShouldBeEmpty();
        var synced = (await startup.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } }))
            .Expect(HttpStatusCode.OK).Data;
        TypistsOf(synced.GetProperty("conversations")[0]).ShouldBe([investor.Id]);

        await TypeAsync(typist, conversationId, isTyping: false);
        (await listAtOther.NextAsync("Typing")).GetProperty("isTyping").GetBoolean().ShouldBeFalse();
        (await TypistsAsync(startup, conversationId)).ShouldBeEmpty();
    }

    /// <summary>A raw publisher takes the part of a third server, whose events from before a message and before a stop arrive late.</summary>
    [LongFact]
    public async Task OldTypingEvents_OnTheBackplane_ChangeNothing()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        var servers = shared.Servers;
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var typist = await investor.ConnectAsync();
        await using var list = await startup.ConnectAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Redis.ConnectionString);
        var third = Guid.CreateVersion7();

        (await investor.SendAsync(conversationId, "Sent")).Expect(HttpStatusCode.Created);
        await PublishAsync(number: 1, TimeProvider.System.GetUtcNow().AddSeconds(5), sequence: 0);
        await list.NextAsync("Typing");
        (await TypistsAsync(startup, conversationId)).ShouldBeEmpty("The user has sent a message since.");

        var beforeTheStop = TimeProvider.System.GetUtcNow().AddSeconds(5);
        await TypeAsync(typist, conversationId, isTyping: false);
        (await list.NextAsync("Typing")).GetProperty("isTyping").GetBoolean().ShouldBeFalse();
        await PublishAsync(number: 2, beforeTheStop, sequence: 1);
        await PublishAsync(number: 3, beforeTheStop, sequence: 1, other: true);
        await list.NextAsync("Typing", typing => typing.GetProperty("revision").GetInt64() == 99);
        list.Unread("Typing").ShouldBeEmpty();
        (await TypistsAsync(startup, conversationId)).ShouldBeEmpty("The user has stopped since.");

        // The revision 99 marks an event of another conversation, which shows that the one before it was handled.
        async Task PublishAsync(long number, DateTimeOffset until, long sequence, bool other = false)
        {
            var content = JsonSerializer.Serialize(new
            {
                conversationId = other ? third : conversationId,
                userId = investor.Id,
                isTyping = true,
                until = until.UtcDateTime,
                sequence,
                revision = other ? 99 : sequence,
                toldIds = new[] { startup.Id },
            });
            await redis.GetSubscriber().PublishAsync(
                RedisChannel.Literal("cleanmessaging:facts"),
                $$"""{"sender":"{{third}}","number":{{number}},"kind":"UserTyped","content":{{content}}}""");
        }
    }

    private static Task TypeAsync(TestConnection connection, Guid conversationId, bool isTyping) =>
        connection.Hub.InvokeAsync("Typing", new { conversationId, isTyping }, TestContext.Current.CancellationToken);

    /// <summary>Returns who is typing, as a new connection of the user learns it.</summary>
    private static async Task<IReadOnlyList<Guid>> TypistsAsync(TestUser user, Guid conversationId)
    {
        await using var connection = await user.ConnectAsync();

        return TypistsOf(await connection.JoinAsync(conversationId));
    }

    private static IReadOnlyList<Guid> TypistsOf(JsonElement joined) =>
        [.. joined.GetProperty("typing").EnumerateArray().Select(typing => typing.GetProperty("userId").GetGuid())];
}
