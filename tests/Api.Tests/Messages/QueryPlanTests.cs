using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Api.Tests.Encryption;
using CleanMessaging.Api.Tests.Persistence;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Search;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests that no request scans the whole table of messages.</summary>
public sealed class QueryPlanTests(TestPostgres postgres)
{
    private const int Conversations = 20;

    [Theory]
    [InlineData(500)]
    [InlineData(10_000, Skip = Thorough.Only, SkipUnless = nameof(Thorough.IsOn), SkipType = typeof(Thorough))]
    public async Task QueryPlan_OfEveryRequest_ScansNoMessagesFromEndToEnd(int messagesEach)
    {
        var recorder = new CommandRecorder();
        await using var server = await ApiServer.StartAsync(
            postgres, services: services => services.ConfigureDbContext<MessagingDbContext>(options => options.AddInterceptors(recorder)));
        var investor = await server.RegisterInvestorAsync();
        var conversations = new List<(TestUser Startup, Guid Id)>();
        foreach (var _ in Enumerable.Range(0, Conversations))
        {
            var startup = await server.RegisterStartupAsync();
            conversations.Add((startup, await investor.ConversationWithAsync(startup)));
        }

        await FillAsync(server, messagesEach);
        var (reader, conversationId) = conversations[Conversations / 2];
        var middle = await MessageIdAsync(server, conversationId, messagesEach / 2);
        var expired = await MessageIdAsync(server, conversationId, 5);

        // The typing user has sent a message since, so that a join looks for it.
        await using var typist = await investor.ConnectAsync();
        await typist.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, TestContext.Current.CancellationToken);
        (await investor.SendAsync(conversationId, "Typed")).Expect(HttpStatusCode.Created);
        await using var joining = await reader.ConnectAsync();

        var requests = new Dictionary<string, Func<Task>>
        {
            ["join after typing"] = () => joining.JoinAsync(conversationId),
        };
        foreach (var (name, request) in requests)
        {
            recorder.Start(name);
            await request();
        }

        var recorded = recorder.Statements.Where(ReadsMessages).ToList();
        requests.Keys.Except(recorded.Select(statement => statement.Request)).ShouldBeEmpty();
        recorded.Add(await RecordCleanUpAsync(server, investor));
        var now = server.Clock.GetUtcNow();
        Add("page", MessageReader.Nearest(new UserId(reader.Id), new ConversationId(conversationId), now, new PageAnchor(PageDirection.Older), 51));
        Add("page before", MessageReader.Nearest(new UserId(reader.Id), new ConversationId(conversationId), now, new PageAnchor(PageDirection.Older, new MessageId(middle)), 51));
        Add("page after", MessageReader.Nearest(new UserId(reader.Id), new ConversationId(conversationId), now, new PageAnchor(PageDirection.Newer, new MessageId(expired)), 101));
        Add(
            "page after sequence",
            MessageReader.Nearest(new UserId(reader.Id), new ConversationId(conversationId), now, new PageAnchor(PageDirection.Newer, Sequence: messagesEach / 2), 51));
        Add("page around", MessageReader.Around(new UserId(reader.Id), new ConversationId(conversationId), now, messagesEach / 2, 51));
        Add("lookup", MessageReader.BySequence(new UserId(reader.Id), new ConversationId(conversationId), [1, 5, messagesEach / 2], now));
        Add("changes", MessageReader.Changes(new UserId(reader.Id), new ConversationId(conversationId), now, messagesEach - 20, 501));
        Add("messages", MessageRow.ById(new UserId(reader.Id), [new MessageId(middle)], now));
        Add("versions", MessageReader.Versions(new UserId(reader.Id), new MessageId(middle), now));
        foreach (var statement in MessageRepository.StatementsToChange(new MessageId(middle), new UserId(investor.Id)))
            Add("load to change", statement);
        Add("sizes", MessageReader.SizesOfChanges(new UserId(reader.Id), [new ConversationId(conversationId)], [messagesEach - 20], now, 512));
        Add("unread", ConversationReader.Totals(investor.Id, now, 100));
        Add("list", ConversationReader.List(investor.Id, ConversationFilter.Inbox, now, null, 51));
        Add("get", ConversationReader.View([new UserId(reader.Id)], [new ConversationId(conversationId)], now));
        foreach (var messageIds in new Guid[]?[] { [expired, middle], null })
        {
            foreach (var statement in ConversationRepository.StatementsToMarkRead(new ConversationId(conversationId), new UserId(reader.Id), messageIds, now))
                Add("load to mark", statement);
        }

        var search = new SearchCriteria(new UserId(reader.Id), Terms: null, HitsMax: 20)
        {
            Below = new SearchPosition(now.AddDays(-1), conversationId, messagesEach / 2),
        };
        SearchRead[] reads = [new(new SearchProgress(conversationId, messagesEach / 2, now), Messages: 64)];
        Add("conversations to search", SearchStatements.Conversations(search));
        Add("search", SearchStatements.Messages(search, now, reads));
        Add("search for attachments", SearchStatements.Messages(search with { HasAttachment = true }, now, reads));
        Add("hidden", MessageReader.Hidden(new UserId(reader.Id), new ConversationId(conversationId), 0, 501));
        Add("messages with viewers", MessageRow.WithViewers([new MessageId(middle)], now));
        foreach (var statement in ConversationRepository.StatementsToHide(new ConversationId(conversationId), new UserId(reader.Id), [expired, middle])
            .Concat(ConversationRepository.StatementsToPin(new ConversationId(conversationId), new UserId(investor.Id))))
        {
            Add("load for user", statement);
        }

        Add("read receipts", LiveReader.Receipts([new MessagesRead(new ConversationId(conversationId), new UserId(reader.Id), 0, messagesEach, [], now)], now));

        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var send = new SendRequest(
            new ConversationId(conversationId), new MessageDraft(new UserId(reader.Id), "Text", clientMessageId: new ClientMessageId(Guid.CreateVersion7())), MaxPoints: null);
        var withAttachment = send with
        {
            Draft = new MessageDraft(new UserId(reader.Id), "", attachmentIds: [new AttachmentId(Guid.CreateVersion7())]),
        };
        await using var load = SendStatements.CreateLoad(connection, [send, withAttachment], withKeys: true);
        recorded.Add(StatementOf("load sends", load.BatchCommands[0]));
        recorded.Add(StatementOf("load attachments", load.BatchCommands[1]));
        recorded.Add(StatementOf("load keys", load.BatchCommands[2]));
        foreach (var (hasAttachments, isEncrypted) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            var changes = new SendBatchState().GetChanges(isEncrypted ? TestEncryption.On : TestEncryption.Off);
            var store = StoreStatement.Form(hasAttachments, isEncrypted).CreateCommand(connection, changes);
            recorded.Add(StatementOf($"store sends, attachments: {hasAttachments}, encrypted: {isEncrypted}", store));
        }

        foreach (var statement in recorded)
        {
            var plan = await ExplainAsync(connection, statement);
            plan.ShouldContain("cost=");
            plan.ShouldNotContain("Seq Scan on messages", Case.Sensitive, $"{statement.Request}: {statement.Sql}\n{plan}");
            plan.ShouldNotContain("Seq Scan on attachments", Case.Sensitive, $"{statement.Request}: {statement.Sql}\n{plan}");
        }

        void Add(string request, ReadStatement statement) =>
            recorded.Add(new RecordedStatement(request, statement.Sql, statement.Parameters));
    }

    private static bool ReadsMessages(RecordedStatement statement) => statement.Sql.Contains("messages", StringComparison.Ordinal);

    /// <summary>Inserts messages to the startups. Every tenth message has expired, and a log-in has flagged half of those.</summary>
    private static Task<int> FillAsync(ApiServer server, int messagesEach) =>
        server.ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), c.id, n, n, c.pair_low, 'Filled ' || n, now(), now(),
                   CASE WHEN n % 10 = 5 THEN now() - interval '1 hour' END, n % 20 = 5, 0
            FROM generate_series(1, {messagesEach}) AS n, conversations AS c;
            UPDATE conversations SET last_sequence = {messagesEach}, revision = {messagesEach};
            INSERT INTO read_marks (conversation_id, user_id, up_to_sequence, read_at)
            SELECT c.id, c.pair_high, n * {messagesEach / 100}, now() FROM generate_series(1, 50) AS n, conversations AS c;
            INSERT INTO attachments (id, uploader_id, conversation_id, client_upload_id, kind, name, declared_bytes, received_bytes, state, created_at, remove_at)
            SELECT gen_random_uuid(), c.pair_low, c.id, gen_random_uuid(), 0, 'plan.pdf', 1, 0, 0, now(), now() + interval '1 day'
            FROM generate_series(1, 100) AS n, conversations AS c;
            UPDATE participants SET last_read_sequence = {messagesEach / 2} FROM conversations AS c WHERE c.id = conversation_id AND c.pair_high = user_id;
            ANALYZE
            """);

    private static Task<Guid> MessageIdAsync(ApiServer server, Guid conversationId, long sequence) =>
        server.QueryAsync<Guid>($"SELECT id FROM messages WHERE conversation_id = '{conversationId}' AND sequence = {sequence}");

    /// <summary>Records the SQL of the clean-up from Npgsql's trace, because the clean-up does not use EF Core.</summary>
    private static async Task<RecordedStatement> RecordCleanUpAsync(ApiServer server, TestUser user)
    {
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                foreach (var (_, value) in activity.TagObjects)
                {
                    if (value is string sql)
                        traced.Enqueue(sql);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await server.LogInAsync(user.Email);

        var text = traced.First(sql => sql.Contains("SET is_expired", StringComparison.Ordinal));
        var update = text[text.IndexOf("UPDATE messages", StringComparison.Ordinal)..];

        return new RecordedStatement(
            "clean-up",
            update,
            [new NpgsqlParameter { Value = server.Clock.GetUtcNow().UtcDateTime }, new NpgsqlParameter { Value = CleanUpExpiredMessagesCommand.AtMost }]);
    }

    private static RecordedStatement StatementOf(string request, NpgsqlCommand command) =>
        new(request, command.CommandText, [.. command.Parameters.Select(parameter => parameter.Clone())]);

    private static RecordedStatement StatementOf(string request, NpgsqlBatchCommand command) =>
        new(request, command.CommandText, [.. command.Parameters.Select(parameter => parameter.Clone())]);

    /// <summary>Runs a statement and returns its plans, including those of the statements in the functions that it calls.</summary>
    private static async Task<string> ExplainAsync(NpgsqlConnection connection, RecordedStatement statement)
    {
        var plans = new List<string>();
        void OnNotice(object sender, NpgsqlNoticeEventArgs notice) => plans.Add(notice.Notice.MessageText);

        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var prepare = new NpgsqlCommand(
            "LOAD 'auto_explain'; SET LOCAL auto_explain.log_min_duration = 0; SET LOCAL auto_explain.log_nested_statements = on; SET "
                + "LOCAL client_min_messages = log",
            connection);
        await prepare.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        connection.Notice += OnNotice;
        await using var command = new NpgsqlCommand(statement.Sql, connection);
        foreach (var parameter in statement.Parameters)
            command.Parameters.Add(parameter.Clone());
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        // In a transaction PostgreSQL ends a statement, and logs its plan, when the next one begins.
        await using var next = new NpgsqlCommand("SELECT 1", connection);
        await next.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        connection.Notice -= OnNotice;

        return string.Join('\n', plans);
    }
}
