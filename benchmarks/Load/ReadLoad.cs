using System.Diagnostics;
using System.Net.Http.Headers;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Measures reads per second and the cost of each, in a closed loop: a page of 50 messages, a list of 50 conversations.</summary>
internal static class ReadLoad
{
    public static readonly string[] Kinds = ["page", "list"];

    private const int Connections = 32;
    private const int Pairs = 200;
    private const int ListedConversations = 50;
    private const int MessagesEach = 60;

    private static readonly string[] _columns = ["reads/s", "rejected", "server us", "PostgreSQL us", "generator us", "p50 ms", "p99 ms"];

    public static async Task RunAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan, string kind)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = kind == "list"
            ? await Seed.ConversationsOfOneAsync(connectionString, ListedConversations, Seed.Free)
            : await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
        await FillAsync(connectionString);
        await Scene.SettleAsync(connectionString);
        var targets = new List<Target>();
        foreach (var (name, assembly) in candidates)
            targets.Add(await Target.StartAsync(name, assembly, connectionString));

        foreach (var target in targets)
            await AskAsync(target, scene.Postmaster, pairs, kind, plan.WarmUp);

        var table = new Table($"{Title(kind)}, {Connections} connections, closed loop", _columns);
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var target in Plan.OrderOf(targets, round))
                table.Add(target.Name, (await AskAsync(target, scene.Postmaster, pairs, kind, plan.Time)).Figures);
        }

        table.Print("reference");
        foreach (var target in targets)
            await target.DisposeAsync();
    }

    private static string Title(string kind) => kind == "list" ? $"list of {ListedConversations} conversations" : "page of 50 messages";

    private static async Task<LoadResult> AskAsync(Target target, int postmaster, IReadOnlyList<Pair> pairs, string kind, TimeSpan time)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Connections };
        using var client = new HttpClient(handler) { BaseAddress = target.Address };
        var (number, rejected) = (0, 0);
        var latencies = new Latencies();
        var meters = new Meters([target], postmaster);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            while (meters.Elapsed < time)
            {
                var pair = pairs[Interlocked.Increment(ref number) % pairs.Count];
                using var request = new HttpRequestMessage(
                    HttpMethod.Get, kind == "list" ? "/api/conversations" : $"/api/messages?conversationId={pair.ConversationId}");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", pair.InvestorToken);
                var began = Stopwatch.GetTimestamp();
                using var response = await client.SendAsync(request);
                await response.Content.CopyToAsync(Stream.Null);
                if (response.IsSuccessStatusCode)
                    latencies.Add(Stopwatch.GetElapsedTime(began));
                else
                    Interlocked.Increment(ref rejected);
            }
        })));

        return meters.Result(latencies, rejected);
    }

    /// <summary>
    /// Adds messages of both participants to each conversation. Every tenth expires in some days, and the investor has read up to ten
    /// before the end.
    /// </summary>
    private static async Task FillAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(
            $"""
            SET session_replication_role = replica;
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), c.id, n, n, CASE WHEN n % 2 = 0 THEN c.pair_low ELSE c.pair_high END,
                   'Shall we talk about the second round on Thursday, before the board meets?', at, at, CASE WHEN n % 10 = 5 THEN now() + interval '3 days' END, false, 0
            FROM conversations AS c,
            LATERAL (SELECT n, now() - ({MessagesEach} - n) * interval '1 second' AS at FROM generate_series(1, {MessagesEach}) AS n) AS numbered;
            INSERT INTO read_marks (conversation_id, user_id, up_to_sequence, read_at)
            SELECT p.conversation_id, p.user_id, n * 10, now() FROM participants AS p, generate_series(1, {MessagesEach} / 10 - 1) AS n;
            UPDATE conversations SET last_sequence = {MessagesEach}, revision = {MessagesEach}, last_activity_at = now();
            UPDATE participants SET last_read_sequence = {MessagesEach} - 10
            """);
        await command.ExecuteNonQueryAsync();
    }
}
