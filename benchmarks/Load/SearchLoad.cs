using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures searches for messages, one at a time: for a common word, and for a word that occurs nowhere, which has to read everything. A
/// search of the product can need several requests; the figures are of the whole search for the first page of hits.
/// </summary>
internal static class SearchLoad
{
    private const string Common = "numbers";
    private const string Absent = "aubergine";

    private static readonly (string Name, int Conversations, int MessagesEach)[] _users =
    [
        ("2,000 messages in 20 conversations", 20, 100),
        ("200,000 messages in one conversation", 1, 200_000),
        ("500,000 messages in 1,000 conversations", 1_000, 500),
    ];

    private static readonly Dictionary<string, string> _settings = new()
    {
        ["Limits__MessageSearchBurst"] = "1000000",
        ["Limits__MessageSearchesPerSecond"] = "1000000",
    };

    public static async Task RunAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        foreach (var (name, conversations, messagesEach) in _users)
        {
            var connectionString = await scene.CreateDatabaseAsync();
            var pairs = await Seed.ConversationsOfOneAsync(connectionString, conversations, Seed.Free);
            await FillAsync(connectionString, messagesEach);
            await Scene.SettleAsync(connectionString);
            var targets = new List<Target>();
            foreach (var (candidate, assembly) in candidates)
            {
                var target = await Target.StartAsync(candidate, assembly, connectionString, settings: _settings);
                if (await CanSearchAsync(target, pairs[0].InvestorToken))
                    targets.Add(target);
                else
                    await target.DisposeAsync();
            }

            foreach (var word in (string[])[Common, Absent])
            {
                var table = new Table($"search for a word that is {(word == Common ? "common" : "absent")}, {name}", "requests", "server ms", "PostgreSQL ms", "median ms", "p95 ms");
                foreach (var target in targets)
                    await SearchAsync(target, scene.Postmaster, pairs[0].InvestorToken, word, plan.WarmUp);
                for (var round = 0; round < plan.Rounds; round++)
                {
                    foreach (var target in Plan.OrderOf(targets, round))
                        table.Add(target.Name, await SearchAsync(target, scene.Postmaster, pairs[0].InvestorToken, word, plan.Time));
                }

                table.Print("reference");
            }

            foreach (var target in targets)
                await target.DisposeAsync();
        }
    }

    /// <summary>Whether the candidate has a search; earlier versions of the product have none.</summary>
    private static async Task<bool> CanSearchAsync(Target target, string token)
    {
        using var client = ClientOf(target, token);
        using var response = await client.PostAsJsonAsync("/api/messages/search", new { query = Common });

        return response.IsSuccessStatusCode;
    }

    private static HttpClient ClientOf(Target target, string token) => new()
    {
        BaseAddress = target.Address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>Searches again and again for a time; returns the figures of one search.</summary>
    private static async Task<double[]> SearchAsync(Target target, int postmaster, string token, string word, TimeSpan time)
    {
        using var client = ClientOf(target, token);
        var requests = 0;
        var latencies = new Latencies();
        var meters = new Meters([target], postmaster);
        while (meters.Elapsed < time)
        {
            var began = Stopwatch.GetTimestamp();
            string? cursor = null;
            do
            {
                object body = cursor is null ? new { query = word } : new { query = word, cursor };
                using var response = await client.PostAsJsonAsync("/api/messages/search", body);
                response.EnsureSuccessStatusCode();
                using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
                cursor = CursorOf(answer.RootElement);
                requests++;
            }
            while (cursor is not null);
            latencies.Add(Stopwatch.GetElapsedTime(began));
        }

        var result = meters.Result(latencies, rejected: 0);

        return
        [
            (double)requests / latencies.Count, result.ServerCpu.TotalMilliseconds, result.DatabaseCpu.TotalMilliseconds, result.MedianMs, latencies.Percentile(0.95),
        ];
    }

    /// <summary>Returns the cursor of a search whose first page is not full yet.</summary>
    private static string? CursorOf(JsonElement answer) =>
        answer.GetProperty("page").TryGetProperty("isComplete", out var isComplete) && !isComplete.GetBoolean()
            ? answer.GetProperty("page").GetProperty("nextCursor").GetString()
            : null;

    /// <summary>Adds messages of both participants. Every tenth expires in some days; one in 20 has the common word.</summary>
    private static async Task FillAsync(string connectionString, int messagesEach)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0 }.ConnectionString);
        await using var command = database.CreateCommand(
            $"""
            SET session_replication_role = replica;
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), c.id, n, n, CASE WHEN n % 2 = 0 THEN c.pair_low ELSE c.pair_high END,
                   CASE WHEN n % 20 = 7 THEN 'Could you send me the numbers before Friday?'
                        WHEN n % 5 = 3 THEN 'Können wir über die nächste Runde sprechen? ' || n
                        ELSE 'Shall we talk about the second round? ' || n END,
                   at, at, CASE WHEN n % 10 = 5 THEN now() + interval '3 days' END, false, 0
            FROM conversations AS c,
            LATERAL (SELECT n, now() - ({messagesEach} - n) * interval '1 minute' - ascii(c.id::text) * interval '1 second' AS at
                     FROM generate_series(1, {messagesEach}) AS n) AS numbered;
            UPDATE conversations SET last_sequence = {messagesEach}, revision = {messagesEach},
                   last_activity_at = (SELECT created_at FROM messages WHERE conversation_id = conversations.id AND sequence = {messagesEach})
            """);
        await command.ExecuteNonQueryAsync();
    }
}
