using System.Diagnostics;
using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Fault.Tests.Load;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Fault.Tests;

/// <summary>Tests faults of the database and of the connection to it.</summary>
public sealed class DatabaseFaultTests(FaultPostgres postgres)
{
    /// <summary>The default pool size of the server.</summary>
    private const int PoolSize = 16;

    /// <summary>How long a connection of the server waits at most: the time-out of a statement and of its cancellation.</summary>
    private static readonly TimeSpan _clientTimeout = TimeSpan.FromSeconds(2.5);

    internal static readonly TestSize Stops = new(1, 2, "stops of PostgreSQL");
    internal static readonly TestSize Terminations = new(15, 40, "terminated connections");
    internal static readonly TestSize Cuts = new(20, 160, "connections cut during a commit");
    internal static readonly TestSize Rounds = new(1, 2, "rounds without a free connection");

    // Runs with no other test, because it stops the shared PostgreSQL.
    [Fact(DisableParallelization = true)]
    public async Task SendMessage_PostgresStoppedHard_LosesNothingAcknowledgedAndChargesOnce()
    {
        await using var scene = await Scene.StartAsync(await postgres.CreateDatabaseAsync());

        for (var stop = 0; stop < Stops.Value; stop++)
        {
            await postgres.StopImmediatelyAsync();
            await scene.Load.BeRejectedAsync(times: 10);
            await postgres.StartAgainAsync();
            await scene.Load.RecoverAsync();
        }

        await scene.ShouldAgreeAsync();
    }

    [LongFact(DisableParallelization = true)]
    public async Task SendMessage_ConnectionsTerminatedAtRandom_IsServedInTheEndAndChargedOnce()
    {
        await using var scene = await Scene.StartAsync(await postgres.CreateDatabaseAsync());

        var terminated = 0L;
        await using (var connection = await scene.Database.OpenAsync())
        {
            await using var terminate = new NpgsqlCommand(
                $"""
                SELECT count(pg_terminate_backend(pid)) FROM (
                    SELECT pid FROM pg_stat_activity WHERE {Database.OfTheServer} ORDER BY random() LIMIT 1) AS victim
                """,
                connection);
            while (terminated < Terminations.Value)
            {
                terminated += (long)(await terminate.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
                await Task.Delay(Random.Shared.Next(100), TestContext.Current.CancellationToken);
            }
        }

        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();
    }

    [Fact(DisableParallelization = true)]
    public async Task SendMessage_AnswersToCommitLost_IsStoredOnceAndChargedOnce()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var proxy = new CountingProxy(connectionString);
        await using var scene = await Scene.StartAsync(connectionString, proxy.ConnectionString);

        var (answers, requests) = (Cuts.Value * 3 / 8, Cuts.Value / 4);
        foreach (
            var (cut, times) in ((CommitCut, int)[])[
                (CommitCut.Answer, answers), (CommitCut.Request, requests), (CommitCut.Silence, 3), (CommitCut.Answer, answers),
            ])
        {
            var cuts = proxy.Cuts;
            while (proxy.Cuts < cuts + times)
            {
                // Cuts one commit at a time, with successful commits in between. A silent cut keeps its client waiting, so all silent cuts
                // run in parallel.
                var (before, atOnce) = (proxy.Cuts, cut == CommitCut.Silence ? times : 1);
                proxy.CutAtCommit(cut, atOnce);
                await Eventually.TrueAsync(() => proxy.Cuts == before + atOnce, "No client commits.");
            }

            // A silent cut lasts until its client gives up.
            if (cut == CommitCut.Silence)
                await scene.Load.RecoverAsync(remaining: _clientTimeout);
        }

        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();
        scene.Journal.Attempts.ShouldContain(attempt => attempt.IsUnavailable && attempt.IsInDoubt);
    }

    // Runs with no other test, because it compares latencies.
    [LongFact(DisableParallelization = true)]
    public async Task SendMessage_ConversationLockedForTenSeconds_IsRejectedThereAndServedElsewhere()
    {
        await using var scene = await Scene.StartAsync(await postgres.CreateDatabaseAsync(), clientsPerPlace: 4);
        var (rich, locked) = scene.Cast.Places[0];
        var paying = scene.Cast.Places.Single(place => place.ConversationId == locked && place.Sender != rich).Sender;
        await scene.Load.GoOnAsync(times: 10);

        TimeSpan began;
        var waiting = 0L;
        await using (await HoldAsync(scene.Database, $"SELECT 1 FROM conversations WHERE id = '{locked}' FOR UPDATE"))
        {
            began = scene.Journal.Now;
            while (scene.Journal.Now < began + TimeSpan.FromSeconds(10))
            {
                waiting = Math.Max(waiting, await WaitingForLocksAsync(scene.Database));
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }

        var ended = scene.Journal.Now;
        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();

        var during = scene.Journal.Attempts.Where(attempt => attempt.Started > began && attempt.Ended < ended).ToList();
        var there = during.Where(attempt => attempt.Send?.ConversationId == locked).ToList();
        there.Count.ShouldBeGreaterThan(5);
        there.ShouldAllBe(attempt => attempt.IsUnavailable);
        during.Where(attempt => attempt.What.StartsWith("GET", StringComparison.Ordinal)).ShouldAllBe(attempt => attempt.IsServed);
        waiting.ShouldBeInRange(1, PoolSize / 2, "connections that wait for a lock");

        // Excludes the senders in the locked conversation: a user has at most two sends in progress, so their other sends wait as well.
        bool IsOfOthers(Attempt attempt) => attempt.Send is { } send && send.Sender != rich && send.Sender != paying;
        var before = Attempt.MedianOf(scene.Journal.Attempts.Where(attempt => attempt.Ended < began && IsOfOthers(attempt)));
        var whileLocked = Attempt.MedianOf(during.Where(IsOfOthers));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"others: {before.TotalMilliseconds:0} ms before, {whileLocked.TotalMilliseconds:0} ms during the fault; {waiting} connections waited; "
            + $"{there.Count} rejected after {there.Max(attempt => attempt.Took).TotalSeconds:0.0} s at most");
        whileLocked.ShouldBeLessThan((2 * before) + TimeSpan.FromMilliseconds(20), "median latency of the others");
    }

    [LongFact(DisableParallelization = true)]
    public async Task SendMessage_EveryConnectionTaken_IsRejectedInTimeAndServedAgain()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        var small = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 4 }.ConnectionString;
        await using var scene = await Scene.StartAsync(connectionString, small, clientsPerPlace: 5);

        for (var round = 0; round < Rounds.Value; round++)
        {
            await using (await HoldAsync(scene.Database, "LOCK TABLE message_quotas IN ACCESS EXCLUSIVE MODE"))
                await scene.Load.BeRejectedAsync(times: 40);

            await scene.Load.RecoverAsync();
        }

        await scene.ShouldAgreeAsync();
    }

    /// <summary>
    /// Tests a PostgreSQL whose processes are all suspended. Connections stay open, the operating system accepts new ones, and neither a
    /// statement nor its cancellation gets a response. Calls still end in time (the journal allows at most 6 s for each), and so does the
    /// readiness check. Runs with no other test, because the other tests use the same PostgreSQL.
    /// </summary>
    [LongFact(DisableParallelization = true)]
    public async Task SendMessage_PostgresFrozenForTenSeconds_IsAnsweredInTimeAndServedAgain()
    {
        await using var scene = await Scene.StartAsync(await postgres.CreateDatabaseAsync(), clientsPerPlace: 4);
        using var client = scene.Api.CreateClient();
        await scene.Load.GoOnAsync(times: 5);

        var frozen = scene.Journal.Now;
        var slowest = new Dictionary<string, TimeSpan> { ["/health/ready"] = TimeSpan.Zero, ["/health/live"] = TimeSpan.Zero };
        await using (await postgres.FreezeAsync())
        {
            while (scene.Journal.Now < frozen + TimeSpan.FromSeconds(10))
            {
                foreach (var path in slowest.Keys.ToList())
                {
                    var started = Stopwatch.GetTimestamp();
                    using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
                    var took = Stopwatch.GetElapsedTime(started);
                    slowest[path] = took > slowest[path] ? took : slowest[path];
                    answer.StatusCode.ShouldBe(path == "/health/live" ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, path);
                }

                await Task.Delay(200, TestContext.Current.CancellationToken);
            }
        }

        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();

        var during = scene.Journal.Attempts.Where(attempt => attempt.Started > frozen && !attempt.IsServed).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{during.Count} calls were not served, the slowest after {during.Max(attempt => attempt.Took).TotalSeconds:0.0} s; "
            + string.Join(", ", slowest.Select(path => $"{path.Key} after {path.Value.TotalMilliseconds:0} ms at most")));
        during.Count.ShouldBeGreaterThan(10);
        slowest["/health/ready"].ShouldBeLessThan(TimeSpan.FromSeconds(1));
        slowest["/health/live"].ShouldBeLessThan(TimeSpan.FromSeconds(0.5));
    }

    /// <summary>
    /// Tests that servers stay ready when requests that wait for a lock use the whole connection pool. This would happen on all servers at
    /// once.
    /// </summary>
    [LongFact(DisableParallelization = true)]
    public async Task Readiness_WhileEveryConnectionWaitsForALock_IsDegradedAndNotUnready()
    {
        await using var scene = await Scene.StartAsync(await postgres.CreateDatabaseAsync());
        using var client = scene.Api.CreateClient();
        var statuses = new List<string>();

        // As many requests as one user may have in progress.
        var users = new List<Person>();
        foreach (var name in (string[])["first", "second", "third"])
            users.Add(await Person.RegisterAsync(scene.Api, name, UserRole.Investor));

        await using (await HoldAsync(scene.Database, "LOCK TABLE participants IN ACCESS EXCLUSIVE MODE"))
        {
            var readers = Enumerable
                .Range(0, 24)
                .Select(number => users[number % users.Count].User.GetAsync("/api/conversations"))
                .ToList();
            while (!readers.TrueForAll(reader => reader.IsCompleted))
            {
                using var ready = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                statuses.Add($"{(int)ready.StatusCode} {await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        statuses.ShouldAllBe(status => status.StartsWith("200 "));
        statuses.ShouldContain(status => status.Contains("\"databasePool\":\"Degraded\""));
        statuses.ShouldAllBe(status => status.Contains("\"database\":\"Healthy\""));
        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();
    }

    /// <summary>Opens another transaction that holds the locks of a statement until it is disposed.</summary>
    private static async Task<NpgsqlConnection> HoldAsync(Database database, string sql)
    {
        var holder = await database.OpenAsync();
        await using var hold = new NpgsqlCommand($"BEGIN; {sql}", holder);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        return holder;
    }

    private static Task<long> WaitingForLocksAsync(Database database) => database.QueryAsync<long>(
        $"SELECT count(*) FROM pg_stat_activity WHERE {Database.OfTheServer} AND wait_event_type = 'Lock'");
}
