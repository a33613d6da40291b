using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using CleanMessaging.Tests.Support;
using StackExchange.Redis;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>Tests that events are encrypted on their way through Redis.</summary>
public sealed class EncryptedEventsTests(FaultPostgres postgres)
{
    private static readonly RedisChannel _channel = RedisChannel.Literal("cleanmessaging:facts");

    private static readonly Dictionary<string, string?> _encrypted = new(TestKeys.Settings("one")) { ["Encryption:Messages"] = "true" };

    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Events_BetweenEncryptingServers_AreReceivedAndUnreadableInRedis()
    {
        await using var servers = await StartEncryptedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Redis.ConnectionString);
        var published = new ConcurrentQueue<byte[]>();
        (await redis.GetSubscriber().SubscribeAsync(_channel)).OnMessage(message => published.Enqueue(message.Message!));

        for (var number = 1; number <= 5; number++)
        {
            (await investor.SendAsync(conversationId, $"Secret text {number}")).Expect(HttpStatusCode.Created);
            (await listener.NextAsync("NewMessage")).GetProperty("message").Content().ShouldBe($"Secret text {number}");
        }

        await Eventually.TrueAsync(() => Task.FromResult(published.Count >= 10), "Too few messages were published.");
        foreach (var message in published)
        {
            var text = Encoding.Latin1.GetString(message);
            text.ShouldNotContain("Secret");
            text.ShouldNotContain("content");
            text.ShouldNotContain(conversationId.ToString());
        }
    }

    /// <summary>What another program with access to Redis publishes reaches no client, whether it is plain or encrypted under another key.</summary>
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Events_ThatAnotherProgramMakes_ReachNoClient()
    {
        await using var servers = await StartEncryptedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Redis.ConnectionString);
        var now = TimeProvider.System.GetUtcNow();
        var forged = new BackplaneMessage(Guid.CreateVersion7(now), 1, new MessageSent(
            new MessageId(Guid.CreateVersion7(now)), new ConversationId(conversationId), 1, 1, new UserId(investor.Id), "Forged", now, null, null, [investor.Id, startup.Id])).Write();

        await redis.GetSubscriber().PublishAsync(_channel, forged);
        await redis.GetSubscriber().PublishAsync(_channel, (byte[])[1, 3, .. "two"u8, .. new byte[100]]);

        await listener.NextAsync("SyncNeeded");
        (await investor.SendAsync(conversationId, "Real")).Expect(HttpStatusCode.Created);
        (await listener.NextAsync("NewMessage")).GetProperty("message").Content().ShouldBe("Real");
        listener.Unread("NewMessage").ShouldBeEmpty();
        listener.Unread("SyncNeeded").ShouldBeEmpty("at most once in some seconds");
    }

    /// <summary>While the setting is changed from server to server, clients miss live events, so they resync.</summary>
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Events_BetweenServersWithDifferentSettings_MakeClientsResync()
    {
        var plain = new Dictionary<string, string?>(TestKeys.Settings("one"));
        await using var servers = await ServerPair.StartAsync(
            postgres, await RedisServer.StartNewAsync(), oneSettings: plain, otherSettings: _encrypted);
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        await using var other = await ServerPair.JoinedAsync(investor, conversationId);

        (await investor.SendAsync(conversationId, "From the plain server")).Expect(HttpStatusCode.Created);
        await listener.NextAsync("SyncNeeded");
        (await startup.SendAsync(conversationId, "From the encrypting server")).Expect(HttpStatusCode.Created);

        await other.NextAsync("NewMessage", message => message.GetProperty("message").Content() == "From the encrypting server");
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["From the plain server", "From the encrypting server"]);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["From the plain server", "From the encrypting server"]);
    }

    private async Task<ServerPair> StartEncryptedAsync()
    {
        var servers = await ServerPair.StartAsync(
            postgres, await RedisServer.StartNewAsync(), oneSettings: _encrypted, otherSettings: _encrypted);
        await servers.BeConnectedAsync();

        return servers;
    }
}
