using System.Text.RegularExpressions;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Retention;

/// <summary>Tests what the database keeps of purged texts, and how it finds messages to purge.</summary>
public sealed class PurgedTextTests(RetentionServerFixture servers) : IClassFixture<RetentionServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// VACUUM removes the old versions of the rows, and VACUUM FULL also their bytes. Some texts are so long that they are stored outside of
    /// their rows.
    /// </summary>
    [Fact]
    public async Task Purge_AfterVacuum_LeavesNoTextInTheFilesOfTheTables()
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 50, "now() - interval '1 day'");
        await server.ExecuteAsync(
            """
            UPDATE messages SET content = 'Purged secret ' || CASE WHEN sequence % 2 = 0 THEN '' ELSE (SELECT string_agg(md5(sequence || '-' || n), 'Purged secret ') FROM generate_series(1, 100) AS n) END
            WHERE expires_at IS NOT NULL;
            INSERT INTO message_versions (message_id, number, content, written_at) SELECT id, 0, 'Purged secret', now() FROM messages WHERE expires_at IS NOT NULL;
            UPDATE messages SET version = 1, edited_at = now() WHERE expires_at IS NOT NULL;
            CHECKPOINT
            """);
        (await CountInFilesAsync(server)).ShouldBeGreaterThan(0, "the search finds texts");

        (await admin.PurgeAllAsync(server.Clock.GetUtcNow())).ShouldBe(50);

        (await server.QueryAsync<long>(
            "SELECT (SELECT count(*) FROM messages AS m WHERE m::text LIKE '%Purged secret%') + (SELECT count(*) FROM message_versions)")).ShouldBe(0);
        await Eventually.TrueAsync(() => IsErasedAsync(server), "The files still have a purged text.");
    }

    /// <summary>VACUUM keeps what a transaction of the server still sees, so it may have to run again.</summary>
    private static async Task<bool> IsErasedAsync(ApiServer server)
    {
        foreach (var statement in new[] { "VACUUM messages", "VACUUM message_versions", "VACUUM FULL messages", "VACUUM FULL message_versions", "CHECKPOINT" })
            await server.ExecuteAsync(statement);

        return await CountInFilesAsync(server) == 0;
    }

    /// <summary>A new column is either contents, which the redaction erases, or stays.</summary>
    [Fact]
    public void Redact_OfEveryColumn_IsErasedOrKept()
    {
        string[] erased = ["content", "attachments", "reactions", "played_at"];
        string[] kept =
        [
            "id", "conversation_id", "sequence", "revision", "sender_id", "created_at", "updated_at", "expires_at", "client_message_id", "points_charged", "expires_by_default",
            "reply_to_sequence", "sent_expiration_hours", "version", "edited_at", "deleted_at", "deleted_by",
        ];
        string[] set = ["is_expired", "request_hash"];

        MessageConfiguration.Columns.All.Select(column => column.Name).ShouldBe([.. erased, .. kept, .. set], ignoreOrder: true);
        var assigned = Regex.Matches(ExpiredMessageStatements.Redact(new RedactedMessages()).Sql, @"(\w+) = (true|''|NULL|redacted\.request_hash)");
        assigned.Select(assignment => assignment.Groups[1].Value).ShouldBe([.. erased, .. set], ignoreOrder: true);
    }

    [Fact]
    public async Task IndexToPurge_OfMessagesThatAreNotFlagged_IsEmpty()
    {
        const string Entries = "SELECT pg_relation_size('ix_messages_to_purge')";
        var server = await servers.RetainingAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.ExecuteAsync("REINDEX INDEX ix_messages_to_purge");
        var empty = await server.QueryAsync<long>(Entries);

        (await investor.SendExpiringAsync(conversationId, "Text", 1)).Expect(System.Net.HttpStatusCode.Created);
        await server.FillAsync(conversationId, investor.Id, 1000, "now() + n * interval '1 hour'");
        (await server.QueryAsync<long>(Entries)).ShouldBe(empty);

        await server.ExecuteAsync("UPDATE messages SET is_expired = true WHERE expires_at IS NOT NULL");
        (await server.QueryAsync<long>(Entries)).ShouldBeGreaterThan(empty);
    }

    /// <summary>Also in a young database, whose tables have no statistics.</summary>
    [Fact]
    public async Task Purge_OfAnyBatch_FindsItsMessagesByIndex()
    {
        var server = await servers.RetainingAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 2000, "now() - n * interval '1 hour'");
        await server.ExecuteAsync("UPDATE messages SET is_expired = true WHERE expires_at IS NOT NULL AND sequence % 2 = 0");
        var now = server.Clock.GetUtcNow();
        var empty = new RedactedMessages();
        ReadStatement[] statements =
        [
            ExpiredMessageStatements.LockToPurge(now, 1000, 1_000_000), ExpiredMessageStatements.LockToRedact(500, 1_000_000, now), ExpiredMessageStatements.Redact(empty),
            ExpiredMessageStatements.DeleteEarlierTexts(empty), ExpiredMessageStatements.DestroyAttachmentsOf(empty), ExpiredMessageStatements.OldestLeft(now),
        ];
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var plan = ExpiredMessageStatements.PlanWithIndexes().CreateCommand(connection))
            await plan.ExecuteNonQueryAsync(Token);

        var plans = new List<string>();
        foreach (var statement in statements)
        {
            await using var explain = (statement with { Sql = "EXPLAIN " + statement.Sql }).CreateCommand(connection);
            plans.Add(string.Join('\n', await explain.ReadAllAsync(row => row.GetString(0), Token)));
        }

        plans.ShouldAllBe(plan => !plan.Contains("Seq Scan"));
        foreach (var plan in new[] { plans[0], plans[5] })
        {
            plan.ShouldContain("ix_messages_to_purge");
            plan.ShouldContain("ix_messages_to_flag");
        }

        plans[1].ShouldContain("ix_messages_to_flag");
        plans[2].ShouldContain("pk_messages");
    }

    /// <summary>Returns how often the text occurs in the files of the two tables and of what they store outside of the rows.</summary>
    private static Task<long> CountInFilesAsync(ApiServer server) => server.QueryAsync<long>(
        """
        SELECT sum(length(replace(encode(pg_read_binary_file(pg_relation_filepath(file)), 'escape'), 'Purged secret', 'Purged secre@@'))
                 - length(encode(pg_read_binary_file(pg_relation_filepath(file)), 'escape')))::bigint
        FROM (
            SELECT unnest(ARRAY[oid, reltoastrelid]) AS file FROM pg_class WHERE relname IN ('messages', 'message_versions') AND relkind = 'r') AS files
        WHERE file <> 0
        """);
}
