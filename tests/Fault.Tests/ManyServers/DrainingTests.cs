using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>
/// Tests that a stopping server first reports that it is draining and then finishes its requests, and that no client loses a message.
/// </summary>
public sealed class DrainingTests(FaultPostgres postgres)
{
    private const int Writers = 4;

    private int _coldCalls;

    [LongFact(DisableParallelization = true)]
    public async Task RollingRestart_UnderLoad_FailsNoSendAndLosesNoMessage()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync(), drain: "00:00:03");
        await servers.BeConnectedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var balancer = new Balancer(servers.One, servers.Other);
        await using var follower = new ReconnectingClient(balancer, startup, conversationId);
        await using var other = new ReconnectingClient(balancer, investor, conversationId);
        using var stopping = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<Guid>();
        var writing = Task.WhenAll(
            Enumerable.Range(0, Writers).Select(_ => WriteAsync(balancer, investor, conversationId, acknowledged, stopping.Token)));

        foreach (var api in new[] { servers.One, servers.Other })
        {
            var soFar = acknowledged.Count;
            await Eventually.TrueAsync(() => writing.IsFaulted || acknowledged.Count > soFar + 50, "No sends are acknowledged.");
            await api.TerminateAsync();
            await ShouldRejectWhatStaysAsync(api);
            await api.ExitAsync();
            api.ExitCode.ShouldBe(0, string.Join('\n', api.Lines));
            await api.StartAgainAsync();
        }

        await stopping.CancelAsync();
        await writing;
        _coldCalls.ShouldBeLessThanOrEqualTo(
            2 * Writers, "sends that were rejected, beyond the first ones of the two processes that started");
        (await StoredAsync(servers, acknowledged)).ShouldBe(acknowledged.Count);
        await Eventually.TrueAsync(
            () => follower.HasAllUpTo(acknowledged.Count) && other.HasAllUpTo(acknowledged.Count), "A connected client misses messages.");
        follower.ReconnectTimes.Concat(other.ReconnectTimes).ShouldNotBeEmpty();
        follower.ReconnectTimes.Concat(other.ReconnectTimes).ShouldAllBe(milliseconds => milliseconds >= 0 && milliseconds <= 10_000);
    }

    [LongFact(DisableParallelization = true)]
    public async Task Terminate_WithASendUnderWay_AnswersIt()
    {
        await using var servers = await ServerPair.StartAsync(postgres, RedisServer.Reserve(), drain: "00:00:00");
        var (investor, _, conversationId) = await servers.RegisterPairAsync();
        await using var blocker = new NpgsqlConnection(servers.ConnectionString);
        await blocker.OpenAsync(TestContext.Current.CancellationToken);
        await using var blocking = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await RunAsync(blocker, $"SELECT FROM conversations WHERE id = '{conversationId}' FOR UPDATE");

        var clientMessageId = Guid.CreateVersion7();
        var sending = investor.SendAsync(conversationId, "Under way", clientMessageId);
        await Eventually.TrueAsync(
            async () => (long)(await RunAsync(blocker, "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"))! > 0, "The send does not wait for the lock.");
        await servers.One.TerminateAsync();
        await Eventually.TrueAsync(() => DoesNotListenAsync(servers.One), "The server still accepts connections.");
        await blocking.RollbackAsync(TestContext.Current.CancellationToken);

        (await sending).Expect(HttpStatusCode.Created);
        (await StoredAsync(servers, [clientMessageId])).ShouldBe(1);
        await servers.One.ExitAsync();
        servers.One.ExitCode.ShouldBe(0);
        Logs(servers.One, "Stopping").ShouldBeTrue();
        Logs(servers.One, "Draining").ShouldBeFalse("There was no time to drain.");
    }

    [LongFact(DisableParallelization = true)]
    public async Task Terminate_Twice_EndsTheDrain()
    {
        await using var servers = await ServerPair.StartAsync(postgres, RedisServer.Reserve(), drain: "00:01:00");
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        var connections = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => investor.ConnectAsync()));
        var waiting = Stopwatch.StartNew();

        await servers.One.TerminateAsync();

        var times = await Task.WhenAll(connections.Select(async connection =>
            (await connection.NextAsync("ServerDraining")).GetProperty("reconnectAfterMs").GetInt32()));
        times.ShouldAllBe(milliseconds => milliseconds >= 0 && milliseconds <= 10_000);
        times.Distinct().Count().ShouldBeGreaterThan(1, "All would come back at once.");
        await ShouldRejectWhatStaysAsync(servers.One);
        (await investor.SendAsync(conversationId, "Still served")).Expect(HttpStatusCode.Created).Headers.ConnectionClose.ShouldBe(true);
        await connections[0].JoinAsync(conversationId);

        await servers.One.TerminateAsync();
        await servers.One.ExitAsync();
        servers.One.ExitCode.ShouldBe(0);
        waiting.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        Logs(servers.One, "Draining for 00:01:00, then stopping").ShouldBeTrue();
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    private static bool Logs(ApiProcess server, string message) =>
        server.Lines.Any(line => line.Contains($"\"Message\":\"{message}", StringComparison.Ordinal));

    /// <summary>Sends until canceled; fails the test on any rejection that is not counted.</summary>
    private async Task WriteAsync(
        Balancer balancer,
        TestUser user,
        Guid conversationId,
        ConcurrentBag<Guid> acknowledged,
        CancellationToken stopping)
    {
        var atServers = new Dictionary<ApiProcess, TestUser>();
        while (!stopping.IsCancellationRequested)
        {
            var api = await balancer.NextAsync();
            if (!atServers.TryGetValue(api, out var atServer))
                atServers[api] = atServer = ServerPair.At(api, user);

            var clientMessageId = Guid.CreateVersion7();
            var answer = await atServer.SendAsync(conversationId, "Under load", clientMessageId);

            // Not caused by draining: on a busy machine the first calls of a process may exceed their time-out.
            if (answer.Status == HttpStatusCode.ServiceUnavailable && answer.Code == "storage.unavailable")
            {
                Interlocked.Increment(ref _coldCalls);
                continue;
            }

            answer.Expect(HttpStatusCode.Created);
            acknowledged.Add(clientMessageId);
        }
    }

    /// <summary>Verifies that a draining server is not ready and rejects new hub connections.</summary>
    private static async Task ShouldRejectWhatStaysAsync(ApiProcess api)
    {
        var waiting = Stopwatch.StartNew();
        await Eventually.TrueAsync(
            async () =>
                (await ServerPair.ReadinessOfAsync(api)).Status == HttpStatusCode.ServiceUnavailable, "The server still reports ready.");
        waiting.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));

        using var client = api.CreateClient();
        var rejection = await Answer.OfAsync(await client.GetAsync("/hubs/messaging", TestContext.Current.CancellationToken));
        rejection.ExpectError(HttpStatusCode.ServiceUnavailable, "server.draining");
        rejection.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldBe(TimeSpan.FromSeconds(1));
    }

    private static async Task<bool> DoesNotListenAsync(ApiProcess api)
    {
        try
        {
            await ServerPair.ReadinessOfAsync(api);

            return false;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return true;
        }
    }

    private static async Task<long> StoredAsync(ServerPair servers, IReadOnlyCollection<Guid> clientMessageIds)
    {
        await using var connection = new NpgsqlConnection(servers.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM messages WHERE client_message_id = ANY (@ids)", connection);
        command.Parameters.AddWithValue("ids", clientMessageIds.ToArray());

        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
