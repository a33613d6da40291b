using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>
/// Tests that without Redis each server continues independently at the same speed, and that its clients receive the missed changes when
/// Redis is back.
/// </summary>
public sealed class RedisOutageTests(FaultPostgres postgres)
{
    internal static readonly TestSize Requests = new(20, 60, "rounds of requests during an outage of Redis");

    private static readonly TimeSpan _healLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _latencyLimit = TimeSpan.FromSeconds(1);

    public enum Outage
    {
        Killed,
        Paused,
    }

    // Runs with no other test, because it compares latencies.
    [Theory(DisableParallelization = true, Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    [InlineData(Outage.Killed)]
    [InlineData(Outage.Paused, Skip = Thorough.Only, SkipUnless = nameof(Thorough.IsOn), SkipType = typeof(Thorough))]
    public async Task Redis_DownForAWhile_SlowsNoRequestAndLosesNoEvent(Outage outage)
    {
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await servers.BeConnectedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var local = await ServerPair.JoinedAsync(investor, conversationId);
        await using var remote = await ServerPair.JoinedAsync(startup, conversationId);

        // The first round warms up the just-in-time compiler.
        await UseAsync(investor, startup, conversationId, local);
        var before = await UseAsync(investor, startup, conversationId, local);
        remote.Unread("SyncNeeded");
        remote.Unread("NewMessage");

        await BreakAsync(servers.Redis, outage);
        var during = await UseAsync(investor, startup, conversationId, local);
        await ShouldBeReadyButDegradedAsync(servers);
        var later = await UseAsync(investor, startup, conversationId, local);
        await using var newcomer = await ServerPair.JoinedAsync(ServerPair.At(servers.One, startup), conversationId);
        (await investor.SendAsync(conversationId, "Last of the outage")).Expect(HttpStatusCode.Created);
        await newcomer.NextAsync("NewMessage", IsTheLastOfTheOutage);

        await RepairAsync(servers.Redis, outage);
        await ShouldCrossAgainAsync(servers, investor, startup, conversationId, remote);
        await ShouldBeAskedToSyncAsync(remote, startup, conversationId);

        // The limit allows for a busy machine; the standard SignalR Redis backplane takes 5 seconds for each send.
        var figures = $"before {before}, during {during}, later {later}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        foreach (var latency in new[] { during, later })
        {
            latency.Median.ShouldBeLessThan(before.Median + TimeSpan.FromMilliseconds(50), figures);
            latency.Longest.ShouldBeLessThan(_latencyLimit, figures);
        }
    }

    [LongFact(DisableParallelization = true)]
    public async Task Redis_DownAtTheStart_PreventsNoStartAndIsFoundLater()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        await using var servers = await ServerPair.StartAsync(postgres, RedisServer.Reserve());
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var local = await ServerPair.JoinedAsync(investor, conversationId);
        await using var remote = await ServerPair.JoinedAsync(startup, conversationId);
        var during = await UseAsync(investor, startup, conversationId, local);
        await ShouldBeReadyButDegradedAsync(servers);

        await servers.Redis.StartAsync();

        await ShouldCrossAgainAsync(servers, investor, startup, conversationId, remote);
        await ShouldBeAskedToSyncAsync(remote, startup, conversationId);
        during.Longest.ShouldBeLessThan(_latencyLimit, $"during {during}");
    }

    /// <summary>Sends over one server, reads over the other, and waits for each message at the sender's server.</summary>
    private static async Task<Latency> UseAsync(TestUser sender, TestUser reader, Guid conversationId, TestConnection local)
    {
        var latencies = new List<TimeSpan>();
        for (var number = 1; number <= Requests.Value; number++)
        {
            var content = $"Message {Guid.CreateVersion7()}";
            latencies.Add(await TimeAsync(async () => (await sender.SendAsync(conversationId, content)).Expect(HttpStatusCode.Created)));
            latencies.Add(await TimeAsync(() =>
                local.NextAsync("NewMessage", received => received.GetProperty("message").GetProperty("content").GetString() == content)));
            latencies.Add(await TimeAsync(async () => (await reader.GetAsync("/api/messages/quota")).Expect(HttpStatusCode.OK)));
        }

        latencies.Sort();

        return new Latency(latencies[latencies.Count / 2], latencies[^1]);
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> call)
    {
        var started = Stopwatch.GetTimestamp();
        await call();

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task ShouldBeReadyButDegradedAsync(ServerPair servers)
    {
        foreach (var api in new[] { servers.One, servers.Other })
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    var (status, report) = await ServerPair.ReadinessOfAsync(api);
                    status.ShouldBe(HttpStatusCode.OK);

                    return ServerPair.StateOfRedis(report) == "Degraded" && report.GetProperty("status").GetString() == "Degraded";
                },
                "The health check does not report that Redis is unavailable.");
        }
    }

    /// <summary>Verifies that events of each server reach the clients of the other server within the time limit.</summary>
    private static async Task ShouldCrossAgainAsync(
        ServerPair servers,
        TestUser investor,
        TestUser startup,
        Guid conversationId,
        TestConnection remote)
    {
        var back = Stopwatch.StartNew();
        await using var local = await ServerPair.JoinedAsync(ServerPair.At(servers.One, startup), conversationId);
        var toOther = new Crossing(investor, remote);
        var toOne = new Crossing(startup, local);

        // The delay limits the number of messages: a fast server would otherwise store more than one sync returns.
        using var attempts = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!toOther.HasSucceeded || !toOne.HasSucceeded)
        {
            back.Elapsed.ShouldBeLessThan(_healLimit, "Events do not cross again.");
            await toOther.TryAsync(conversationId);
            await toOne.TryAsync(conversationId);
            await attempts.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Crossed again after {back.Elapsed}");
    }

    /// <summary>Verifies that the client receives <c>SyncNeeded</c> and has every message after the sync.</summary>
    private static async Task ShouldBeAskedToSyncAsync(TestConnection remote, TestUser user, Guid conversationId)
    {
        var received = await remote.NextAsync("SyncNeeded");
        received.GetProperty("withinMs").GetInt32().ShouldBeInRange(1_000, 10_000);

        var synced = (await user.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } }))
            .Expect(HttpStatusCode.OK).Data.GetProperty("conversations").EnumerateArray().ShouldHaveSingleItem();
        synced.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        var sequences = synced
            .GetProperty("messages")
            .EnumerateArray()
            .Select(message => message.GetProperty("sequence").GetInt64())
            .ToList();
        sequences.ShouldBe(Enumerable.Range(1, sequences.Count).Select(sequence => (long)sequence));
        sequences.Count.ShouldBe((int)synced.GetProperty("lastSequence").GetInt64());
    }

    private static bool IsTheLastOfTheOutage(JsonElement received) =>
        received.GetProperty("message").GetProperty("content").GetString() == "Last of the outage";

    private static Task BreakAsync(RedisServer redis, Outage outage) => outage == Outage.Killed ? redis.KillAsync() : redis.PauseAsync();

    private static Task RepairAsync(RedisServer redis, Outage outage) => outage == Outage.Killed ? redis.StartAsync() : redis.ResumeAsync();

    private sealed record Latency(TimeSpan Median, TimeSpan Longest);

    /// <summary>Sends on one server until a connection to the other receives an event.</summary>
    private sealed class Crossing(TestUser sender, TestConnection listener)
    {
        private readonly HashSet<Guid> _sent = [];

        public bool HasSucceeded { get; private set; }

        public async Task TryAsync(Guid conversationId)
        {
            HasSucceeded |= listener.Unread("NewMessage")
                .Any(received => _sent.Contains(received.GetProperty("message").GetProperty("id").GetGuid()));
            if (!HasSucceeded)
            {
                _sent.Add(
                    (await sender.SendAsync(conversationId, "Does it cross?"))
                        .Expect(HttpStatusCode.Created).Data.GetProperty("id")
                        .GetGuid());
            }
        }
    }
}
