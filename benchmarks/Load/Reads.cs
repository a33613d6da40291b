using System.Diagnostics;
using System.Net.Http.Headers;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Measures whether the cost of reads is independent of the number of messages and of expired messages.</summary>
internal static class Reads
{
    private const int Conversations = 50;
    private const int Asked = 300;

    private static readonly (string Name, int Messages, string Expired)[] _stocks =
    [
        ("10,000 messages", 10_000, "false"),
        ("1 million", 1_000_000, "false"),
        ("5 million", 5_000_000, "false"),
        ("1 million, newest 10,000 of each conversation expired", 1_000_000, "n > last - 10000"),
        ("1 million, oldest half expired", 1_000_000, "n <= last / 2"),
    ];

    public static async Task RunAsync(Scene scene, string product, Plan plan)
    {
        var stocks = new List<(string Name, Target Target, IReadOnlyList<Pair> Pairs)>();
        foreach (var (name, messages, expired) in _stocks)
        {
            var connectionString = await scene.CreateDatabaseAsync();
            var pairs = await Seed.ConversationsOfOneAsync(connectionString, Conversations, Seed.Free);
            await FillAsync(connectionString, messages / Conversations, expired);
            await Scene.SettleAsync(connectionString);
            stocks.Add((name, await Target.StartAsync(name, product, connectionString), pairs));
        }

        foreach (var (read, path) in new (string, Func<Pair, string>)[]
        {
            ("page of 50", pair => $"/api/messages?conversationId={pair.ConversationId}"),
            ("list of 50 conversations", _ => "/api/conversations"),
            ("quota", _ => "/api/messages/quota"),
            ("one conversation, with its unread count", pair => $"/api/conversations/{pair.ConversationId}"),
        })
        {
            var table = new Table(read, "median ms", "p95 ms");
            for (var round = 0; round <= plan.Rounds; round++)
            {
                foreach (var (name, target, pairs) in stocks)
                {
                    var latencies = await AskAsync(target, pairs, path);
                    if (round > 0)
                        table.Add(name, latencies.Percentile(0.5), latencies.Percentile(0.95));
                }
            }

            table.Print(_stocks[0].Name);
        }

        foreach (var (_, target, _) in stocks)
            await target.DisposeAsync();
    }

    private static async Task<Latencies> AskAsync(Target target, IReadOnlyList<Pair> pairs, Func<Pair, string> path)
    {
        using var client = new HttpClient { BaseAddress = target.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", pairs[0].InvestorToken);
        var latencies = new Latencies();
        for (var number = 0; number < Asked; number++)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await client.GetAsync(path(pairs[number % pairs.Count]));
            answer.EnsureSuccessStatusCode();
            await answer.Content.CopyToAsync(Stream.Null);
            latencies.Add(Stopwatch.GetElapsedTime(began));
        }

        return latencies;
    }

    /// <summary>Adds messages from the other participant, the last ten of them unread.</summary>
    private static async Task FillAsync(string connectionString, int each, string expired)
    {
        await using var database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0 }.ConnectionString);
        await using var command = database.CreateCommand(
            $"""
            SET session_replication_role = replica;
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), c.id, n, n, u.id, 'Filled ' || n, at, at, CASE WHEN {expired} THEN at + interval '1 hour' END, false, 0
            FROM conversations AS c
            JOIN users AS u ON u.id IN (c.pair_low, c.pair_high) AND u.role = 'Startup',
            LATERAL (SELECT n, {each} AS last, now() - interval '2 hours' - ({each} - n) * interval '1 millisecond' AS at FROM generate_series(1, {each}) AS n) AS numbered;
            UPDATE conversations SET last_sequence = {each}, revision = {each}, last_activity_at = now() - interval '2 hours';
            UPDATE participants SET last_read_sequence = {each} - 10
            """);
        await command.ExecuteNonQueryAsync();
    }
}
