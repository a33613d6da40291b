using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that batches and single sends have the same results: random histories run once in batches and once send by send, on equal rows.
/// Then the outcomes and all rows of the six tables must be equal, apart from random ids.
/// </summary>
public sealed class SendPathTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    internal static readonly TestSize Histories = new(100, 1_000, "random histories of sends in batches and one by one");

    private static readonly DateTimeOffset _start = new(2026, 3, 10, 23, 59, 0, TimeSpan.Zero);

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Sends_OfRandomHistories_HaveTheSameResultsInBatchesAndOneByOne()
    {
        var executor = _server.Services.GetRequiredService<SendBatchExecutor>();
        var seen = new HashSet<string>();
        for (var seed = 1; seed <= Histories.Value; seed++)
        {
            var history = History.Random(new Random(seed));
            var (batched, single) = (new World(), new World());
            await batched.CreateAsync(_server, history);
            await single.CreateAsync(_server, history);

            var batchOutcomes = new List<string>();
            var singleOutcomes = new List<string>();
            foreach (var (at, sends) in history.Batches)
            {
                _server.Clock.FreezeAt(at);
                batchOutcomes.AddRange(await RunBatchAsync(executor, [.. sends.Select(batched.RequestOf)]));
                foreach (var send in sends)
                    singleOutcomes.Add(await RunSingleAsync(executor, single.RequestOf(send)));
            }

            batchOutcomes.ShouldBe(singleOutcomes, $"Outcomes of history {seed}");
            (await batched.RowsAsync(_server)).ShouldBe(await single.RowsAsync(_server), $"Rows of history {seed}");
            seen.UnionWith(batchOutcomes.Select(outcome => outcome.Split(' ')[0]));
        }

        string[] outcomes =
        [
            "free", "paid", "replay", "user.not_found", "conversation.not_found", "conversation.recipient_unavailable",
            "payment.consent_required", "wallet.insufficient_balance", "message.client_id_reused", "message.reply_out_of_range",
            "attachment.not_found", "attachment.not_ready", "attachment.already_sent", "message.voice_alone",
        ];
        seen.ShouldBe(outcomes, ignoreOrder: true);
    }

    private static async Task<List<string>> RunBatchAsync(SendBatchExecutor executor, IReadOnlyList<SendRequest> requests)
    {
        using var deadline = new DatabaseDeadline();
        var sends = requests.Select(request => new QueuedSend(request, AttemptWith(deadline))).ToList();
        await executor.RunAsync(sends);
        var outcomes = new List<string>();
        foreach (var send in sends)
            outcomes.Add(await OutcomeOfAsync(() => send.Done));

        return outcomes;
    }

    private static async Task<string> RunSingleAsync(SendBatchExecutor executor, SendRequest request)
    {
        using var deadline = new DatabaseDeadline();
        var send = new QueuedSend(request, AttemptWith(deadline));

        return await OutcomeOfAsync(() => executor.RunSingleAsync(send));
    }

    private static Attempt AttemptWith(DatabaseDeadline deadline) =>
        new(1, deadline, [], TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);

    private static async Task<string> OutcomeOfAsync(Func<Task<SendDecision>> send)
    {
        try
        {
            var decision = await send();
            var kind = decision.IsReplay ? "replay" : decision.Message.PointsCharged > 0 ? "paid" : "free";

            return $"{kind} {decision.Message.Sequence} {decision.Message.PointsCharged} {decision.Message.CreatedAt:O} {decision.Quota} "
                + $"{decision.Events.Count} {decision.Message.Attachments?.All.Count}";
        }
        catch (DomainException rejection)
        {
            return $"{rejection.Error.Code} {rejection.Error.Message}";
        }
    }

    /// <param name="Sender">0 to 3 for an existing user; 4 for a user without rows.</param>
    /// <param name="Conversation">0 to 2 for an existing conversation; 3 for one that does not exist.</param>
    /// <param name="ClientId">Sends of one sender with the same number have the same client message id; null for none.</param>
    /// <param name="Attachments">
    /// One letter each: A, B and V (voice) are the sender's in the conversation, R is not complete, O is the other participant's, E is the
    /// sender's elsewhere, U does not exist.
    /// </param>
    private sealed record Send(
        int Sender, int Conversation, string Text, int? Hours, int? ClientId, long? MaxPoints, long? Reply, string Attachments);

    /// <summary>The initial rows and the sends of one history.</summary>
    private sealed record History(
        IReadOnlyList<(int Sent, int DaysAgo, int? Limit, long? Price, long Balance, bool IsDeactivated)> Users,
        IReadOnlyList<(DateTimeOffset At, IReadOnlyList<Send> Sends)> Batches)
    {
        public static History Random(Random random)
        {
            var users = Enumerable.Range(0, 4).Select(user => (
                random.Next(0, 22),
                random.Next(0, 2),
                Pick<int?>(null, 0, 1, 3),
                Pick<long?>(null, null, 0, 7),
                Pick(0L, 5L, 10L, 35L),
                user == 3 && random.Next(4) == 0));
            var batches = Enumerable.Range(0, random.Next(1, 5)).Select(_ => (
                _start.AddSeconds(random.Next(-30, 120)),
                (IReadOnlyList<Send>)[.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => new Send(
                    random.Next(30) == 0 ? 4 : random.Next(4),
                    random.Next(30) == 0 ? 3 : random.Next(3),
                    Pick("One", "Two"),
                    Pick<int?>(null, null, 24),
                    Pick<int?>(null, 1, 2, 3),
                    Pick<long?>(null, null, null, 0, 7, 10),
                    Pick<long?>(null, null, null, null, null, null, null, null, 1, 3),
                    random.Next(3) > 0 ? "" : Pick("A", "A", "A", "B", "AB", "BA", "V", "AV", "R", "O", "E", "U")))]));

            return new History([.. users], [.. batches]);

            T Pick<T>(params T[] values) => values[random.Next(values.Length)];
        }
    }

    /// <summary>The rows of one run of a history: two Investors, two Startups and their conversations.</summary>
    private sealed class World
    {
        private static readonly (int Investor, int Startup)[] _pairs = [(0, 2), (0, 3), (1, 2)];

        /// <summary>Client message ids are unique per sender, so both worlds can use the same.</summary>
        private static readonly Guid[] _clientIds = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];

        private readonly Guid[] _users = [.. Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).Order()];
        private readonly Guid[] _conversations = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).Order()];

        /// <summary>The attachments of the participants of each conversation, by their letters.</summary>
        private readonly Dictionary<(int Conversation, int User, char Letter), Guid> _attachments = (
            from pair in _pairs.Select((pair, index) => (pair, index))
            from user in (int[])[pair.pair.Investor, pair.pair.Startup]
            from letter in "ABVR"
            select (pair.index, user, letter)).ToDictionary(key => key, _ => Guid.CreateVersion7());

        public SendRequest RequestOf(Send send) => new(
            new ConversationId(_conversations[send.Conversation]),
            new MessageDraft(
                new UserId(_users[send.Sender]),
                send.Text,
                send.Hours,
                send.ClientId is { } id ? new ClientMessageId(_clientIds[id]) : null,
                replyToSequence: send.Reply,
                attachmentIds: [.. send.Attachments.Select(letter => new AttachmentId(AttachmentOf(send, letter)))]),
            send.MaxPoints);

        private Guid AttachmentOf(Send send, char letter) => letter switch
        {
            'O' => _attachments.FirstOrDefault(one => one.Key.Conversation == send.Conversation && one.Key.User != send.Sender).Value,
            'E' => _attachments.FirstOrDefault(one => one.Key.Conversation != send.Conversation && one.Key.User == send.Sender).Value,
            _ => _attachments.GetValueOrDefault((send.Conversation, send.Sender, letter), new Guid(letter, 0, 0, new byte[8])),
        };

        public async Task CreateAsync(ApiServer server, History history)
        {
            await using var connection = new NpgsqlConnection(server.ConnectionString);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var (user, index) in history.Users.Select((user, index) => (user, index)))
            {
                Add(
                    """
                    INSERT INTO users (id, display_name, role, created_at, user_name, normalized_user_name, email, normalized_email, email_confirmed,
                                       security_stamp, concurrency_stamp, deactivated_at)
                    SELECT $1, 'User', $2, now(), n, upper(n), n, upper(n), true, 'stamp', 'stamp', $3 FROM (SELECT $1::text || '@example.com' AS n) AS name
                    """,
                    _users[index], index < 2 ? "Investor" : "Startup", user.IsDeactivated ? _start.AddDays(-1) : DBNull.Value);
                Add(
                    "INSERT INTO message_quotas (user_id, messages_sent_today, quota_date, daily_free_limit, points_per_message) VALUES "
                        + "($1, $2, $3, $4, $5)",
                    _users[index],
                    user.Sent,
                    DateOnly.FromDateTime(_start.UtcDateTime).AddDays(-user.DaysAgo),
                    user.Limit ?? (object)DBNull.Value,
                    user.Price ?? (object)DBNull.Value);
                Add("INSERT INTO wallets (user_id, balance, last_number) VALUES ($1, $2, 0)", _users[index], user.Balance);
            }

            foreach (var ((investor, startup), index) in _pairs.Select((pair, index) => (pair, index)))
            {
                Add(
                    "INSERT INTO conversations (id, pair_low, pair_high, last_sequence, revision, created_at, last_activity_at) VALUES "
                        + "($1, $2, $3, 0, 0, $4, $4)",
                    _conversations[index], _users[investor], _users[startup], _start.AddDays(-1));
                Add(
                    "INSERT INTO participants (conversation_id, user_id, last_read_sequence) VALUES ($1, $2, 0), ($1, $3, 0)",
                    _conversations[index],
                    _users[investor],
                    _users[startup]);
            }

            foreach (var ((conversation, user, letter), id) in _attachments)
            {
                Add(
                    """
                    INSERT INTO attachments (id, uploader_id, conversation_id, client_upload_id, kind, name, declared_bytes, received_bytes, state, content_type, bytes,
                                             duration_ms, waveform, encrypted_key, object_id, created_at, remove_at)
                    VALUES ($1, $2, $3, gen_random_uuid(), $4, $5, 3, $6, CASE WHEN $6 = 3 THEN 1 ELSE 0 END, 'application/octet-stream', 3,
                            CASE $4 WHEN 2 THEN 1500 END, CASE $4 WHEN 2 THEN '{0,100}'::smallint[] END, '\x01', CASE WHEN $6 = 3 THEN gen_random_uuid() END, $7, $7 + interval '24 hours')
                    """,
                    id, _users[user], _conversations[conversation], (short)(letter == 'V' ? 2 : 0), $"{conversation} {user} {letter}", letter == 'R' ? 1 : 3, _start.AddMinutes(-10));
            }

            await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

            void Add(string sql, params object[] values)
            {
                var command = new NpgsqlBatchCommand(sql);
                foreach (var value in values)
                    command.Parameters.Add(new NpgsqlParameter { Value = value });
                batch.BatchCommands.Add(command);
            }
        }

        /// <summary>Returns all rows as text, with names instead of the ids that differ between two worlds.</summary>
        public async Task<string> RowsAsync(ApiServer server)
        {
            var ids = string.Join(", ", _users.Select(id => $"'{id}'"));
            var rows = await server.QueryAsync<string>(
                $"""
                SELECT string_agg(line, E'\n') FROM (
                    SELECT to_json(q)::text AS line FROM (SELECT * FROM message_quotas WHERE user_id IN ({ids}) ORDER BY user_id) AS q
                    UNION ALL SELECT to_json(w)::text FROM (SELECT * FROM wallets WHERE user_id IN ({ids}) ORDER BY user_id) AS w
                    UNION ALL SELECT to_json(c)::text FROM (SELECT * FROM conversations WHERE pair_low IN ({ids}) ORDER BY id) AS c
                    UNION ALL SELECT (to_jsonb(m) - ARRAY['id'{(EncryptedRun.IsOn ? ", 'content'" : "")}])::text FROM (SELECT * FROM messages WHERE sender_id IN ({ids}) ORDER BY conversation_id, sequence) AS m
                    UNION ALL SELECT ((to_jsonb(t) - 'id') - 'message_id' || jsonb_build_object('sequence', (SELECT sequence FROM messages WHERE id = t.message_id)))::text
                              FROM (SELECT * FROM wallet_transactions WHERE user_id IN ({ids}) ORDER BY user_id, number) AS t
                    UNION ALL SELECT (to_jsonb(a) - ARRAY['id', 'client_upload_id', 'object_id', 'message_id']
                                      || jsonb_build_object('sequence', (SELECT sequence FROM messages WHERE id = a.message_id)))::text
                              FROM (SELECT * FROM attachments WHERE uploader_id IN ({ids}) ORDER BY name) AS a) AS lines
                """);
            for (var index = 0; index < _users.Length; index++)
                rows = rows.Replace(_users[index].ToString(), $"user {index}");
            for (var index = 0; index < _conversations.Length; index++)
                rows = rows.Replace(_conversations[index].ToString(), $"conversation {index}");

            foreach (var (key, id) in _attachments)
                rows = rows.Replace(id.ToString(), $"attachment {key}");

            return rows;
        }
    }
}
