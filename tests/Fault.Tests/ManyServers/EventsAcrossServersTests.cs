using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using StackExchange.Redis;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>Tests that clients receive the same events on every server.</summary>
[Collection(nameof(OnSharedServers))]
public sealed class EventsAcrossServersTests(FaultPostgres postgres, SharedServerPair shared)
{
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Events_OnEitherServer_ReachEveryConnectionOnce()
    {
        const int Sends = 20;
        var servers = shared.Servers;
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var investorAtOne = await ServerPair.JoinedAsync(investor, conversationId);
        await using var investorAtOther = await ServerPair.JoinedAsync(ServerPair.At(servers.Other, investor), conversationId);
        await using var startupAtOne = await ServerPair.JoinedAsync(ServerPair.At(servers.One, startup), conversationId);
        await using var startupAtOther = await ServerPair.JoinedAsync(startup, conversationId);
        await using var listAtOne = await ServerPair.At(servers.One, startup).ConnectAsync();
        await using var listAtOther = await ServerPair.At(servers.Other, investor).ConnectAsync();
        TestConnection[] all = [investorAtOne, investorAtOther, startupAtOne, startupAtOther];

        await investorAtOne.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, TestContext.Current.CancellationToken);
        await startupAtOther.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, TestContext.Current.CancellationToken);
        var sent = new List<Guid>();
        for (var number = 1; number <= Sends; number++)
        {
            sent.Add(IdOf((await investor.SendAsync(conversationId, $"From one {number}")).Expect(HttpStatusCode.Created).Data));
            sent.Add(IdOf((await startup.SendAsync(conversationId, $"From the other {number}")).Expect(HttpStatusCode.Created).Data));
        }

        foreach (var connection in all)
        {
            var received = new List<Guid>();
            while (received.Count < sent.Count)
                received.Add(IdOf((await connection.NextAsync("NewMessage")).GetProperty("message")));

            received.ShouldBe(sent, ignoreOrder: true);
        }

        (await startupAtOther.Hub.InvokeAsync<JsonElement>("Read", new { conversationId }, TestContext.Current.CancellationToken))
            .GetProperty("lastReadSequence").GetInt64().ShouldBe(sent.Count);
        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        foreach (var connection in all)
        {
            (await connection.NextAsync("Read")).GetProperty("lastReadSequence").GetInt64().ShouldBe(sent.Count);
            (await connection.NextAsync("Read")).GetProperty("lastReadSequence").GetInt64().ShouldBe(sent.Count);
        }

        foreach (var connection in all.Append(listAtOne).Append(listAtOther))
        {
            await connection.NextAsync(
                "ConversationUpdated", updated => updated.GetProperty("conversation").GetProperty("lastSequence").GetInt64() == sent.Count);
        }

        // A duplicate event would arrive before the events of these last messages.
        (await investor.SendAsync(conversationId, "Last")).Expect(HttpStatusCode.Created);
        (await startup.SendAsync(conversationId, "Last")).Expect(HttpStatusCode.Created);
        foreach (var connection in all)
        {
            await connection.NextAsync("NewMessage");
            await connection.NextAsync("NewMessage");
            await connection.CatchUpAsync(conversationId);
            connection.Unread("NewMessage").ShouldBeEmpty();
            connection.Unread("Read").ShouldBeEmpty();
        }

        startupAtOne.Unread("Typing").ShouldHaveSingleItem().GetProperty("userId").GetGuid().ShouldBe(investor.Id);
        startupAtOther.Unread("Typing").ShouldHaveSingleItem().GetProperty("userId").GetGuid().ShouldBe(investor.Id);
        investorAtOne.Unread("Typing").ShouldHaveSingleItem().GetProperty("userId").GetGuid().ShouldBe(startup.Id);
        investorAtOther.Unread("Typing").ShouldHaveSingleItem().GetProperty("userId").GetGuid().ShouldBe(startup.Id);
        listAtOne.Unread("NewMessage").ShouldBeEmpty("It has not joined.");
    }

    [LongFact]
    public async Task UnreadableMessages_OnTheBackplane_ChangeNothingForTheOthers()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        var servers = shared.Servers;
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        await using var publisher = await ConnectionMultiplexer.ConnectAsync(servers.Redis.ConnectionString);

        string[] unreadable = ["", "nonsense", "{}", "[[[[", new('[', 100_000), """{"sender":null}""", "\0\uFFFF"];
        foreach (var message in unreadable)
            (await publisher.GetSubscriber().PublishAsync(RedisChannel.Literal("cleanmessaging:facts"), message)).ShouldBe(2);

        (await investor.SendAsync(conversationId, "Afterwards")).Expect(HttpStatusCode.Created);
        (await listener.NextAsync("NewMessage")).GetProperty("message").GetProperty("content").GetString().ShouldBe("Afterwards");
        servers.Other.Lines.Count(line => line.Contains("Backplane message could not be read", StringComparison.Ordinal))
            .ShouldBe(unreadable.Length);
    }

    /// <summary>
    /// A raw publisher takes the part of a newer server: a higher version, members and kinds that this version does not know.
    /// </summary>
    [LongFact]
    public async Task NewerServer_OnTheBackplane_CausesNoResync()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await servers.BeConnectedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Redis.ConnectionString);
        var newer = Guid.CreateVersion7();
        listener.Unread("SyncNeeded");

        await PublishAsync(0, "Pulse", """{"load":0.5}""");
        await PublishAsync(1, "MessagePinned", """{"text":"unknown"}""");
        await PublishAsync(
            2,
            "UserTyped",
            $$"""{"conversationId":"{{conversationId}}","userId":"{{investor.Id}}","isTyping":true,"until":"2099-01-01T00:00:00Z","sequence":0,"revision":0,"toldIds":["{{startup.Id}}"],"device":"phone"}""");
        await PublishAsync(3, "ReactionAdded", "[1]");
        await PublishAsync(3, "Heartbeat", "{}");
        await PublishAsync(3, "Leaving", """{"reason":"upgrade"}""");

        (await listener.NextAsync("Typing")).GetProperty("userId").GetGuid().ShouldBe(investor.Id);
        (await investor.SendAsync(conversationId, "Afterwards")).Expect(HttpStatusCode.Created);
        await listener.NextAsync("NewMessage");
        await listener.CatchUpAsync(conversationId);
        listener.Unread("SyncNeeded").ShouldBeEmpty();
        servers.Other.Lines.Count(line => line.Contains("Backplane message could not be read", StringComparison.Ordinal)).ShouldBe(0);
        servers.Other.Lines.Count(line => line.Contains("an event of an unknown kind", StringComparison.Ordinal))
            .ShouldBe(1, "It is logged once and counted.");

        async Task PublishAsync(long number, string kind, string content) =>
            (await redis.GetSubscriber().PublishAsync(
                RedisChannel.Literal("cleanmessaging:facts"),
                $$"""{"sender":"{{newer}}","number":{{number}},"version":2,"kind":"{{kind}}","content":{{content}},"region":"north"}""")).ShouldBe(2);
    }

    /// <summary>A raw subscriber takes the part of a server of the first release, which rejects anything that it does not know.</summary>
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task OlderServer_OnTheBackplane_ReadsEveryMessage()
    {
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Redis.ConnectionString);
        var received = new ConcurrentQueue<byte[]>();
        await redis.GetSubscriber()
            .SubscribeAsync(RedisChannel.Literal("cleanmessaging:facts"), (_, message) => received.Enqueue((byte[])message!));
        await servers.BeConnectedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var typist = await ServerPair.JoinedAsync(startup, conversationId);

        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await typist.NextAsync("NewMessage");
        await typist.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, TestContext.Current.CancellationToken);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await Answer.OfAsync(await investor.Client.PostAsync("/api/auth/logout", content: null, TestContext.Current.CancellationToken)))
            .Expect(HttpStatusCode.OK);

        string[] kinds = ["ConversationStarted", "MessageSent", "MessagesRead", "Pulse", "SessionEnded", "UserTyped"];
        await Eventually.TrueAsync(
            () =>
                received.Select(message => FirstReleaseBackplane.Read(message)).ToHashSet().IsSupersetOf(kinds),
                "Not every kind of event was published.");
    }

    [LongFact]
    public async Task KilledServer_WithUnsentEvents_MakesClientsOfOtherServersSync()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await servers.BeConnectedAsync();
        var (_, startup, _) = await servers.RegisterPairAsync();
        await using var listener = await startup.ConnectAsync();

        // Counts from before the kill, which takes a while on a busy machine.
        var killed = Stopwatch.StartNew();
        await servers.One.KillAsync();

        // The SyncNeeded events of the startup have arrived by now. A server that sends no heartbeat for 5 seconds is treated as lost.
        await Eventually.TrueAsync(
            () =>
                listener.Unread("SyncNeeded").Count > 0
                    && killed.Elapsed > TimeSpan.FromSeconds(4), "The other server did not notice that a server was killed.");
    }

    private static Guid IdOf(JsonElement message) => message.GetProperty("id").GetGuid();
}
