using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Wallets;

/// <summary>Generates a ledger, damages it in defined ways, and finds all damage with one statement.</summary>
internal static class LedgerDamage
{
    /// <summary>
    /// Verifies a small ledger in one statement. The product cannot use it, because its duration grows with the ledger.
    /// </summary>
    private const string Differences =
        """
        WITH lines AS (
            SELECT id, user_id, number, type, amount, balance_after, message_id, reverses_id,
                   lag(number, 1, 0::bigint) OVER wallet + 1 AS expected_number,
                   lag(balance_after, 1, 0::bigint) OVER wallet + amount AS expected_balance
            FROM wallet_transactions
            WINDOW wallet AS (PARTITION BY user_id ORDER BY number)),
        sums AS (
            SELECT user_id, sum(amount)::bigint AS total, max(number) AS last_number FROM lines GROUP BY user_id),
        paid AS (
            SELECT message_id, -sum(amount)::bigint AS points, -coalesce(sum(amount) FILTER (WHERE sender_id = user_id), 0)::bigint AS by_sender
            FROM lines LEFT JOIN (SELECT id AS sent_id, sender_id FROM messages) AS sent ON sent_id = message_id WHERE type = 'SPEND' AND message_id IS NOT NULL GROUP BY message_id)
        SELECT 'balance' AS kind, coalesce(wallets.user_id, sums.user_id), coalesce(total, 0), coalesce(balance, 0)
        FROM wallets FULL JOIN sums USING (user_id)
        WHERE coalesce(balance, 0) <> coalesce(total, 0) OR coalesce(wallets.last_number, 0) <> coalesce(sums.last_number, 0)
        UNION ALL
        SELECT 'chain', id, expected_balance, balance_after FROM lines
        WHERE number <> expected_number OR balance_after <> expected_balance
        UNION ALL
        SELECT 'message', coalesce(messages.id, paid.message_id), coalesce(points_charged, 0),
               CASE WHEN coalesce(points_charged, 0) <> coalesce(points, 0) THEN coalesce(points, 0) ELSE by_sender END
        FROM (SELECT id, points_charged FROM messages WHERE points_charged > 0) AS messages
        FULL JOIN paid ON paid.message_id = messages.id
        WHERE coalesce(points_charged, 0) <> coalesce(points, 0) OR coalesce(points_charged, 0) <> coalesce(by_sender, 0)
        UNION ALL
        SELECT 'reversal', reversal.id, -coalesce(original.amount, 0), reversal.amount
        FROM lines AS reversal LEFT JOIN lines AS original ON original.id = reversal.reverses_id
        WHERE reversal.reverses_id IS NOT NULL
          AND (original.id IS NULL OR reversal.amount <> -original.amount OR reversal.user_id <> original.user_id)
        """;

    /// <summary>SQL for wallets with 0 to 12 consistent lines each: credits, paid messages and reversals. Some messages are free.</summary>
    private const string Ledger =
        """
        SET session_replication_role = replica;
        CREATE TEMPORARY TABLE plan AS
        SELECT gen_random_uuid() AS user_id, (n * {seed} + n) % 13 AS size FROM generate_series(1, {wallets}) AS n;
        INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, message_id, reverses_id, created_at)
        SELECT gen_random_uuid(), user_id, number, 'TOPUP', 100, 100 * number, NULL, NULL, now()
        FROM plan, generate_series(1, size) AS number WHERE number <= size / 2;
        INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, message_id, reverses_id, created_at)
        SELECT gen_random_uuid(), user_id, number, 'SPEND', -10, 100 * (size / 2) - 10 * (number - size / 2), gen_random_uuid(), NULL, now()
        FROM plan, generate_series(1, size) AS number WHERE number > size / 2 AND number < size AND size > 3;
        INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, message_id, reverses_id, created_at)
        SELECT gen_random_uuid(), line.user_id, size, 'REVERSAL', 10, balance_after + 10, message_id, line.id, now()
        FROM plan JOIN wallet_transactions AS line ON line.user_id = plan.user_id AND line.number = size - 1 AND line.type = 'SPEND';
        INSERT INTO wallets (user_id, balance, last_number)
        SELECT plan.user_id, coalesce(sum(amount), 0), coalesce(max(number), 0)
        FROM plan LEFT JOIN wallet_transactions AS line ON line.user_id = plan.user_id GROUP BY plan.user_id;
        INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, is_expired, points_charged)
        SELECT message_id, gen_random_uuid(), 1, 1, user_id, 'Paid', now(), now(), false, -amount FROM wallet_transactions WHERE type = 'SPEND';
        INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, is_expired, points_charged)
        SELECT gen_random_uuid(), gen_random_uuid(), 1, 1, user_id, 'Free', now(), now(), false, 0 FROM plan;
        DROP TABLE plan;
        """;

    /// <summary>The kinds of damage. Each changes one row, which the database selects.</summary>
    public static readonly IReadOnlyList<(string Name, string Statement)> Kinds =
    [
        (
            "balance changed",
            "UPDATE wallets SET balance = balance + 3 WHERE user_id = (SELECT user_id FROM wallets ORDER BY {random} LIMIT 1)"),
        (
            "last number changed",
            "UPDATE wallets SET last_number = last_number + 1 WHERE user_id = (SELECT user_id FROM wallets ORDER BY {random} LIMIT 1)"),
        ("line missing", "DELETE FROM wallet_transactions WHERE id = (SELECT id FROM wallet_transactions ORDER BY {random} LIMIT 1)"),
        (
            "last lines missing",
            "DELETE FROM wallet_transactions WHERE number > 2 AND user_id = (SELECT user_id FROM wallets ORDER BY {random} LIMIT 1)"),
        ("all lines missing", "DELETE FROM wallet_transactions WHERE user_id = (SELECT user_id FROM wallets ORDER BY {random} LIMIT 1)"),
        ("number gap", "UPDATE wallet_transactions SET number = number + 100 WHERE id = (SELECT id FROM wallet_transactions ORDER BY "
            + "{random} LIMIT 1)"),
        (
            "number below one",
            "UPDATE wallet_transactions SET number = -number WHERE id = (SELECT id FROM wallet_transactions ORDER BY {random} LIMIT 1)"),
        ("wrong balance after", "UPDATE wallet_transactions SET balance_after = balance_after + 5 WHERE id = (SELECT id FROM "
            + "wallet_transactions ORDER BY {random} LIMIT 1)"),
        (
            "wrong amount",
            "UPDATE wallet_transactions SET amount = amount - 1 WHERE id = (SELECT id FROM wallet_transactions ORDER BY {random} LIMIT 1)"),
        (
            "message charged differently",
            "UPDATE messages SET points_charged = points_charged + 1 WHERE id = (SELECT id FROM messages ORDER BY {random} LIMIT 1)"),
        ("message charged nothing", "UPDATE messages SET points_charged = 0 WHERE id = (SELECT id FROM messages WHERE points_charged > 0 "
            + "ORDER BY {random} LIMIT 1)"),
        ("message of another sender", "UPDATE messages SET sender_id = gen_random_uuid() WHERE id = (SELECT id FROM messages WHERE "
            + "points_charged > 0 ORDER BY {random} LIMIT 1)"),
        ("message missing", "DELETE FROM messages WHERE id = (SELECT id FROM messages ORDER BY {random} LIMIT 1)"),
        ("payment without a message", "UPDATE wallet_transactions SET message_id = gen_random_uuid() WHERE id = (SELECT id FROM "
            + "wallet_transactions WHERE type = 'SPEND' ORDER BY {random} LIMIT 1)"),
        ("message paid by another kind", "UPDATE wallet_transactions SET type = 'GRANT' WHERE id = (SELECT id FROM wallet_transactions "
            + "WHERE type = 'SPEND' ORDER BY {random} LIMIT 1)"),
        ("reversal of another amount", "UPDATE wallet_transactions SET amount = amount + 2 WHERE id = (SELECT id FROM "
            + "wallet_transactions WHERE type = 'REVERSAL' ORDER BY {random} LIMIT 1)"),
        ("reversal of another wallet", "UPDATE wallet_transactions SET reverses_id = (SELECT id FROM wallet_transactions WHERE type = "
            + "'TOPUP' ORDER BY {random} LIMIT 1) WHERE id = (SELECT id FROM wallet_transactions WHERE type = 'REVERSAL' ORDER BY "
            + "{random} LIMIT 1)"),
        ("reversal of nothing", "UPDATE wallet_transactions SET reverses_id = gen_random_uuid() WHERE id = (SELECT id FROM "
            + "wallet_transactions WHERE type = 'REVERSAL' ORDER BY {random} LIMIT 1)"),
        ("wallet missing", "DELETE FROM wallets WHERE user_id = (SELECT user_id FROM wallets ORDER BY {random} LIMIT 1)"),
        ("wallet without lines", "INSERT INTO wallets (user_id, balance, last_number) VALUES (gen_random_uuid(), 7, 0)"),
    ];

    /// <summary>Fills the database with a ledger.</summary>
    /// <param name="seed">0 to 11; determines the number of lines of each wallet.</param>
    public static Task MakeLedgerAsync(ApiServer server, int wallets, int seed) =>
        server.ExecuteAsync(
            Ledger.Replace("{wallets}", $"{wallets}", StringComparison.Ordinal).Replace("{seed}", $"{seed}", StringComparison.Ordinal));

    /// <summary>Damages one row, selected by the seed, with triggers and foreign keys disabled.</summary>
    public static Task DamageAsync(ApiServer server, string statement, int seed) =>
        server.ExecuteAsync(
            "SET session_replication_role = replica; " + statement.Replace(
                "{random}", $"md5({IdOf(statement)}::text || '{seed}')", StringComparison.Ordinal));

    /// <summary>Returns all differences, found with one statement over the whole ledger.</summary>
    public static async Task<IReadOnlyList<LedgerDifference>> FindAllAtOnceAsync(ApiServer server)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Differences, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<LedgerDifference>();
        while (await rows.ReadAsync())
            found.Add(new LedgerDifference(rows.GetString(0), rows.GetGuid(1), rows.GetInt64(2), rows.GetInt64(3)));

        return found;
    }

    private static string IdOf(string statement) => statement.Contains("SELECT user_id", StringComparison.Ordinal) ? "user_id" : "id";
}
