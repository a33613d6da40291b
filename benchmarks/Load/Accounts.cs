using System.Diagnostics;
using System.Net.Http.Json;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures the time from the start of a server to its first response, and whether a login costs the same when a million expired messages
/// are not flagged yet.
/// </summary>
internal static class Accounts
{
    private const string Password = "benchmark-password-1";
    private const int LogInsPerRound = 20;

    public static async Task StartsAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var table = new Table("start to first answer, migrated database", "seconds");
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var (name, assembly) in Plan.OrderOf(candidates, round))
            {
                await using var target = await Target.StartAsync(name, assembly, connectionString);
                table.Add(name, target.StartTime.TotalSeconds);
            }
        }

        table.Print("reference");
    }

    public static async Task LogInsAsync(Scene scene, string product, Plan plan)
    {
        var stocks = new List<(string Name, Target Target, HttpClient Client)>();
        foreach (var (name, expired) in new[] { ("none", 0), ("a million", 1_000_000) })
        {
            var connectionString = await scene.CreateDatabaseAsync();
            var pair = (await Seed.PairsAsync(connectionString, 1, Seed.Free))[0];
            await ExpireAsync(connectionString, pair, expired);
            await Scene.SettleAsync(connectionString);
            var target = await Target.StartAsync(name, product, connectionString);
            var client = new HttpClient { BaseAddress = target.Address };
            using var registered = await client.PostAsJsonAsync(
                "/api/auth/register", new { email = "user@example.com", password = Password, displayName = "User", role = "Investor" });
            registered.EnsureSuccessStatusCode();
            stocks.Add((name, target, client));
        }

        var table = new Table("log-in, expired messages waiting to be flagged", "median ms", "p95 ms");
        for (var round = 0; round <= plan.Rounds; round++)
        {
            foreach (var (name, _, client) in Plan.OrderOf(stocks, round))
            {
                var latencies = new Latencies();
                for (var number = 0; number < LogInsPerRound; number++)
                {
                    var began = Stopwatch.GetTimestamp();
                    using var answer = await client.PostAsJsonAsync(
                        "/api/auth/login", new { email = "user@example.com", password = Password });
                    answer.EnsureSuccessStatusCode();
                    latencies.Add(Stopwatch.GetElapsedTime(began));
                }

                if (round > 0)
                    table.Add(name, latencies.Percentile(0.5), latencies.Percentile(0.95));
            }
        }

        table.Print("none");
        foreach (var (_, target, client) in stocks)
        {
            client.Dispose();
            await target.DisposeAsync();
        }
    }

    private static async Task ExpireAsync(string connectionString, Pair pair, int count)
    {
        await using var database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0 }.ConnectionString);
        await using var batch = database.CreateBatch();
        Add(
            """
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), $1, n, n, $2, 'Expired ' || n, at, at, at + interval '1 hour', false, 0
            FROM (SELECT n, now() - interval '1 day' + n * interval '1 millisecond' AS at FROM generate_series(1, $3) AS n) AS numbered
            """,
            pair.ConversationId,
            pair.InvestorId,
            count);
        Add("UPDATE conversations SET last_sequence = $2, revision = $2 WHERE id = $1", pair.ConversationId, (long)count);
        await batch.ExecuteNonQueryAsync();

        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }
    }
}
