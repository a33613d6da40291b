using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>A conversation and its two participants, with a token for each.</summary>
internal sealed record Pair(Guid ConversationId, Guid InvestorId, string InvestorToken, Guid StartupId, string StartupToken);

/// <summary>Inserts users, wallets and conversations directly into a new database.</summary>
internal static class Seed
{
    /// <summary>A daily free limit that no benchmark reaches.</summary>
    public const int Free = 1_000_000;

    public static async Task<IReadOnlyList<Pair>> PairsAsync(string connectionString, int count, int dailyFreeLimit)
    {
        var pairs = Enumerable
            .Range(0, count)
            .Select(_ => (Conversation: Guid.CreateVersion7(), Investor: Guid.CreateVersion7(), Startup: Guid.CreateVersion7()))
            .ToList();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await UsersAsync(database, [.. pairs.Select(pair => pair.Investor)], UserRole.Investor, dailyFreeLimit);
        await UsersAsync(database, [.. pairs.Select(pair => pair.Startup)], UserRole.Startup, dailyFreeLimit);
        await using var command = database.CreateCommand(
            """
            WITH pair AS (
                INSERT INTO conversations (id, pair_low, pair_high, last_sequence, revision, created_at, last_activity_at)
                SELECT c, least(i, s), greatest(i, s), 0, 0, now(), now() FROM unnest($1, $2, $3) AS pair(c, i, s) RETURNING id)
            INSERT INTO participants (conversation_id, user_id, last_read_sequence)
            SELECT c, u, 0 FROM (SELECT c, i AS u FROM unnest($1, $2, $3) AS pair(c, i, s) UNION ALL SELECT c, s FROM unnest($1, $2, $3) AS pair(c, i, s)) AS both_of
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = pairs.Select(pair => pair.Conversation).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = pairs.Select(pair => pair.Investor).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = pairs.Select(pair => pair.Startup).ToArray() });
        await command.ExecuteNonQueryAsync();

        return
        [
            .. pairs.Select(pair => new Pair(
                pair.Conversation,
                pair.Investor,
                Tokens.Of(pair.Investor, UserRole.Investor),
                pair.Startup,
                Tokens.Of(pair.Startup, UserRole.Startup))),
        ];
    }

    /// <summary>Adds conversations of one Investor, each with a new Startup.</summary>
    public static async Task<IReadOnlyList<Pair>> ConversationsOfOneAsync(string connectionString, int count, int dailyFreeLimit)
    {
        var pairs = await PairsAsync(connectionString, count, dailyFreeLimit);
        var one = pairs[0];
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(
            """
            WITH moved AS (
                UPDATE conversations SET pair_low = least($1, u.id), pair_high = greatest($1, u.id)
                FROM users AS u WHERE u.id IN (pair_low, pair_high) AND u.role = 'Startup' AND (pair_low = ANY($2) OR pair_high = ANY($2)))
            UPDATE participants SET user_id = $1 WHERE user_id = ANY($2)
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = one.InvestorId });
        command.Parameters.Add(new NpgsqlParameter { Value = pairs.Skip(1).Select(pair => pair.InvestorId).ToArray() });
        await command.ExecuteNonQueryAsync();

        return [.. pairs.Select(pair => pair with { InvestorId = one.InvestorId, InvestorToken = one.InvestorToken })];
    }

    public static Task MigrateAsync(string connectionString) => DatabaseMigration.RunAsync(connectionString, CancellationToken.None);

    private static async Task UsersAsync(NpgsqlDataSource database, Guid[] ids, UserRole role, int dailyFreeLimit)
    {
        await using var batch = database.CreateBatch();
        Add(
            """
            INSERT INTO users (id, display_name, role, created_at, user_name, normalized_user_name, email, normalized_email, email_confirmed, security_stamp, concurrency_stamp)
            SELECT id, 'User', $2, now(), id || '@example.com', upper(id || '@example.com'), id || '@example.com', upper(id || '@example.com'), true, 'stamp', 'stamp'
            FROM unnest($1) AS id
            """,
            ids,
            role.ToString());
        Add(
            "INSERT INTO message_quotas (user_id, messages_sent_today, quota_date, daily_free_limit) SELECT id, 0, '2020-01-01', $2 FROM "
                + "unnest($1) AS id",
            ids,
            dailyFreeLimit);
        Add("INSERT INTO wallets (user_id, balance, last_number) SELECT id, 1000000000, 1 FROM unnest($1) AS id", ids);
        Add(
            """
            INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, created_at)
            SELECT gen_random_uuid(), id, 1, 'GRANT', 1000000000, 1000000000, now() FROM unnest($1) AS id
            """,
            ids);
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
