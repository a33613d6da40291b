using System.Net;
using System.Text;
using System.Text.Json;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests a database whose statistics are from empty tables although it has 50,000 messages, as after a restored dump. Every statement
/// reads only the few rows that it needs, regardless of the statistics.
/// </summary>
public sealed class YoungDatabaseTests(TestPostgres postgres)
{
    private const int Conversations = 25;
    private const int MessagesEach = 2_000;
    private const int OtherUsers = 20_000;

    /// <summary>A list counts up to 250 unread messages in each of 25 conversations; the table and its indexes have 3,000 pages.</summary>
    private const int PagesMax = 1_000;

    /// <summary>SQL for the number of rows that the send statements have read, by index or sequentially.</summary>
    private const string RowsRead =
        """
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
        WHERE relname IN ('messages', 'conversations', 'participants', 'message_quotas', 'wallets', 'wallet_transactions')
        """;

    private const string RowsByIndex =
        "SELECT coalesce(string_agg(indexrelname || ' ' || idx_tup_read, ', ' ORDER BY idx_tup_read DESC), '') FROM pg_stat_user_indexes "
            + "WHERE idx_tup_read > 1000";

    [LongTheory]
    [InlineData("planned while the tables were small", "statistics of empty tables")]
    [InlineData("planned when they were full", "statistics of empty tables", Skip = Thorough.Only, SkipUnless = nameof(Thorough.IsOn), SkipType = typeof(Thorough))]
    [InlineData("planned while the tables were small", "statistics of one conversation", Skip = Thorough.Only, SkipUnless = nameof(Thorough.IsOn), SkipType = typeof(Thorough))]
    [InlineData("planned when they were full", "statistics of one conversation")]
    public async Task SendMessage_WithStatisticsOfSmallTables_ReadsTheRowsOfTheSend(string plans, string statistics)
    {
        const int Sends = 15;
        await using var server = await ApiServer.StartAsync(postgres);
        if (statistics == "statistics of one conversation")
        {
            var (_, startup, firstId) = await server.RegisterPairAsync();
            await SendAsync(startup, firstId);
        }

        await server.ExecuteAsync("ANALYZE");
        var (sender, conversationId) = await FillAsync(
            server, beforehand: (user, id) =>
                plans == "planned when they were full" ? Task.CompletedTask : SendUnknownAsync(server, user, id));
        var clientMessageId = Guid.CreateVersion7();
        await SendAsync(sender, conversationId);
        (await sender.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);

        // A backend reports its statistics at the end of the first transaction after a second.
        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);
        await SendAsync(sender, conversationId);
        var before = await server.QueryAsync<long>(RowsRead);
        for (var number = 1; number <= Sends; number++)
        {
            // A send with cached rows, a send without cached rows, and a repeated send.
            await SendAsync(sender, conversationId);
            await SendUnknownAsync(server, sender, conversationId);
            (await sender.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);
        }

        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);
        await SendAsync(sender, conversationId);
        var each = (await server.QueryAsync<long>(RowsRead) - before) / (3 * Sends);
        each.ShouldBeInRange(1, 40, $"Rows read for each send. By index, since the start: {await server.QueryAsync<string>(RowsByIndex)}");
    }

    [LongFact]
    public async Task Reads_WithStatisticsOfEmptyTables_TouchFewPages()
    {
        var recorder = new CommandRecorder();
        await using var server = await ApiServer.StartAsync(
            postgres, services: services => services.ConfigureDbContext<MessagingDbContext>(options => options.AddInterceptors(recorder)));
        await server.ExecuteAsync("ANALYZE");
        var (reader, conversationId) = await FillAsync(server, beforehand: (user, id) => ReadEverythingAsync(user, id));
        var investorId = await server.QueryAsync<Guid>(
            $"SELECT user_id FROM participants WHERE conversation_id = '{conversationId}' AND user_id <> '{reader.Id}'");
        recorder.Start("requests");

        await ReadEverythingAsync(reader, conversationId);

        // An insert cannot be run again; it reads only the keys that it references.
        var statements = recorder.Statements.Where(statement => !statement.Sql.Contains("INSERT INTO", StringComparison.Ordinal)).ToList();
        var now = server.Clock.GetUtcNow();
        var messageIds = await server.QueryAsync<Guid[]>(
            $"SELECT array_agg(id) FROM (SELECT id FROM messages WHERE conversation_id = '{conversationId}' LIMIT 5) AS message");
        foreach (var read in (ReadStatement[])
        [
            MessageReader.Nearest(new UserId(reader.Id), new ConversationId(conversationId), now, new PageAnchor(PageDirection.Older), 51),
            MessageReader.Nearest(new UserId(reader.Id), new ConversationId(conversationId), now, new PageAnchor(PageDirection.Newer, Sequence: 1_000), 51),
            MessageReader.Changes(new UserId(reader.Id), new ConversationId(conversationId), now, MessagesEach - 20, 501),
            MessageRow.ById(new UserId(reader.Id), [new MessageId(messageIds[0])], now),
            MessageReader.Versions(new UserId(reader.Id), new MessageId(messageIds[0]), now),
            .. MessageRepository.StatementsToChange(new MessageId(messageIds[0]), new UserId(reader.Id)),
            ConversationReader.List(reader.Id, ConversationFilter.Inbox, now, null, 51),
            ConversationReader.View([new UserId(reader.Id)], [new ConversationId(conversationId)], now),
            ConversationReader.Totals(investorId, now, 100),
            .. ConversationRepository.StatementsToMarkRead(new ConversationId(conversationId), new UserId(reader.Id), messageIds, now),
            .. ConversationRepository.StatementsToMarkRead(new ConversationId(conversationId), new UserId(reader.Id), messageIds: null, now),
        ])
        {
            statements.Add(new RecordedStatement("read", read.Sql, read.Parameters));
        }

        statements.Count.ShouldBeGreaterThan(10);
        await using var connection = new NpgsqlConnection(
            PersistenceRegistration.ForRequests(new DatabaseConnections(server.ConnectionString)));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var report = new StringBuilder();
        var tooMany = false;
        foreach (var statement in statements)
        {
            var pages = await PagesAsync(connection, statement);
            tooMany |= pages > PagesMax;
            report.Append(pages).Append(" pages: ").AppendLine(statement.Sql);
        }

        tooMany.ShouldBeFalse(report.ToString());
    }

    private static async Task SendAsync(TestUser sender, Guid conversationId) =>
        (await sender.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);

    /// <summary>A send whose rows the server has to read, because another server has changed one of them.</summary>
    private static async Task SendUnknownAsync(ApiServer server, TestUser sender, Guid conversationId)
    {
        await server.ExecuteAsync(
            $"UPDATE conversations SET last_activity_at = last_activity_at + interval '1 microsecond' WHERE id = '{conversationId}'");
        await SendAsync(sender, conversationId);
    }

    private static async Task ReadEverythingAsync(TestUser reader, Guid conversationId)
    {
        var page = (await reader.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
        if (page.Data.GetArrayLength() > 0)
            (await reader.GetAsync($"/api/messages?conversationId={conversationId}&before={page.Data[0].Id()}")).Expect(HttpStatusCode.OK);

        (await reader.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK);
        (await reader.GetAsync($"/api/conversations/{conversationId}")).Expect(HttpStatusCode.OK);
        (await reader.GetAsync("/api/messages/quota")).Expect(HttpStatusCode.OK);
        (await reader.GetAsync("/api/wallet/transactions")).Expect(HttpStatusCode.OK);
        var revision = (await reader.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64();
        (await reader.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = Math.Max(0, revision - 20) } } })).Expect(HttpStatusCode.OK);
        await using var connection = await reader.ConnectAsync();
        await connection.Hub.InvokeAsync<JsonElement>(
            "Join", new { conversationId, sinceRevision = Math.Max(0, revision - 20) }, TestContext.Current.CancellationToken);
        (await reader.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
    }

    /// <summary>
    /// Creates the conversations of one Investor, and then all their messages at once. In between, the server's connections plan their
    /// statements on small tables. Returns one of the Startups and its conversation.
    /// </summary>
    private static async Task<(TestUser Startup, Guid ConversationId)> FillAsync(ApiServer server, Func<TestUser, Guid, Task> beforehand)
    {
        var investor = await server.RegisterInvestorAsync();
        var conversations = new List<(TestUser Startup, Guid Id)>();
        for (var number = 1; number <= Conversations; number++)
        {
            var startup = await server.CreateWithPointsAsync(Domain.Users.UserRole.Startup, 10_000);
            conversations.Add((startup, await investor.ConversationWithAsync(startup)));
        }

        var (user, conversationId) = conversations[Conversations / 2];
        for (var time = 1; time <= 6; time++)
            await beforehand(user, conversationId);

        await server.ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged)
            SELECT gen_random_uuid(), c.id, c.last_sequence + n, c.revision + n, CASE WHEN n % 2 = 0 THEN c.pair_low ELSE c.pair_high END, 'Filled ' || n,
                   c.last_activity_at + n * interval '1 microsecond', c.last_activity_at + n * interval '1 microsecond',
                   CASE WHEN n % 10 = 5 THEN now() + interval '1 hour' END, false, gen_random_uuid(), 0
            FROM conversations AS c, generate_series(1, {MessagesEach}) AS n ORDER BY c.id, n;
            UPDATE conversations SET last_sequence = last_sequence + {MessagesEach}, revision = revision + {MessagesEach},
                   last_activity_at = last_activity_at + {MessagesEach} * interval '1 microsecond';
            INSERT INTO message_quotas (user_id, messages_sent_today, quota_date) SELECT gen_random_uuid(), 0, current_date FROM generate_series(1, {OtherUsers});
            INSERT INTO wallets (user_id, balance, last_number) SELECT gen_random_uuid(), 0, 0 FROM generate_series(1, {OtherUsers});
            INSERT INTO conversations (id, pair_low, pair_high, last_sequence, revision, created_at, last_activity_at)
            SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 0, 0, now(), now() FROM generate_series(1, {OtherUsers})
            """);
        (await server.QueryAsync<float>("SELECT reltuples FROM pg_class WHERE relname = 'messages'"))
            .ShouldBeLessThanOrEqualTo(1, "Statistics were gathered.");

        return (user, conversationId);
    }

    private static async Task<long> PagesAsync(NpgsqlConnection connection, RecordedStatement statement)
    {
        var pages = 0L;
        foreach (var sql in statement.Sql.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", connection, transaction);
            foreach (var parameter in statement.Parameters)
                command.Parameters.Add(parameter.Clone());

            using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
            var root = plan.RootElement[0].GetProperty("Plan");
            pages += root.GetProperty("Shared Hit Blocks").GetInt64() + root.GetProperty("Shared Read Blocks").GetInt64();
        }

        return pages;
    }
}
