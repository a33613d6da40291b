using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Builds the two statements of a batch: one reads all rows that its sends need, and one stores all decisions or none. Also builds the locking statements that precede them
/// when rows are locked first.
/// </summary>
internal static class SendStatements
{
    /// <summary>The offsets in the loaded columns at which the conversation, the recipient's and the database's states, and the earlier message begin.</summary>
    private const int ConversationColumn = 7;
    private const int RecipientColumn = 16;
    private const int StandbyColumn = 17;
    private const int EarlierColumn = 18;

    /// <summary>Other batches release their locks soon. If another transaction holds a row longer, the batch fails and each send waits on its own.</summary>
    internal const string LockTimeout = "SET LOCAL lock_timeout = '250ms'";

    /// <summary>Locks in the order of the keys. Each row has its own subquery, for the reason given at <see cref="Load"/>.</summary>
    private const string LockQuotas =
        """
        SELECT FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) AS sender
        CROSS JOIN LATERAL (SELECT FROM message_quotas WHERE user_id = sender.id LIMIT 1 FOR NO KEY UPDATE) AS locked
        """;

    private const string LockWallets =
        """
        SELECT FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) AS sender
        CROSS JOIN LATERAL (SELECT FROM wallets WHERE user_id = sender.id LIMIT 1 FOR NO KEY UPDATE) AS locked
        """;

    /// <summary>Does not lock a conversation in which none of the senders participates.</summary>
    private const string LockConversations =
        """
        SELECT FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) AS wanted
        CROSS JOIN LATERAL (
            SELECT FROM conversations WHERE id = wanted.id AND (pair_low = ANY($2) OR pair_high = ANY($2)) LIMIT 1 FOR NO KEY UPDATE) AS locked
        """;

    /// <summary>
    /// Each row is looked up by a subquery with a limit, so that no plan scans a whole table or index, independently of the statistics. A plan
    /// that was made while the statistics said "empty" is kept after the tables have grown.
    /// </summary>
    private const string Load =
        """
        SELECT q.user_id, q.messages_sent_today, q.quota_date, q.daily_free_limit, q.points_per_message,
               w.balance, w.last_number,
               c.id, c.pair_low, low.last_read_sequence, c.pair_high, high.last_read_sequence, c.last_sequence, c.revision, c.created_at, c.last_activity_at,
               recipient.deactivated_at IS NOT NULL, current_setting('synchronous_standby_names') <> '',
               m.id, m.conversation_id, m.sequence, m.revision, m.sender_id, m.content, m.created_at, m.updated_at, m.expires_at, m.is_expired, m.client_message_id, m.points_charged
        FROM unnest($1, $2, $3) AS send(sender_id, conversation_id, client_message_id)
        CROSS JOIN LATERAL (SELECT * FROM message_quotas WHERE user_id = send.sender_id LIMIT 1) AS q
        CROSS JOIN LATERAL (SELECT * FROM wallets WHERE user_id = send.sender_id LIMIT 1) AS w
        LEFT JOIN LATERAL (SELECT * FROM conversations WHERE id = send.conversation_id LIMIT 1) AS c ON true
        LEFT JOIN LATERAL (SELECT * FROM participants WHERE conversation_id = c.id AND user_id = c.pair_low LIMIT 1) AS low ON true
        LEFT JOIN LATERAL (SELECT * FROM participants WHERE conversation_id = c.id AND user_id = c.pair_high LIMIT 1) AS high ON true
        LEFT JOIN LATERAL (
            SELECT * FROM users WHERE id = CASE WHEN c.pair_low = send.sender_id THEN c.pair_high ELSE c.pair_low END LIMIT 1) AS recipient ON true
        LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE sender_id = send.sender_id AND client_message_id = send.client_message_id LIMIT 1) AS m ON true
        """;

    /// <summary>
    /// Finds each row only if its values are those that were read. Otherwise, or when a recipient has been deactivated since, nothing at all is stored.
    /// </summary>
    /// <remarks>
    /// <c>= ANY (ARRAY[…])</c> replaces <c>=</c> because it rules out merge and hash joins: the only possible plan looks up each row by its key. With <c>=</c>, a plan from the
    /// time when a table had one row reads the whole index once the table has grown.
    /// </remarks>
    private const string Store =
        """
        WITH quota AS (
            UPDATE message_quotas SET messages_sent_today = new.sent, quota_date = new.day
            FROM unnest($1, $2, $3, $4, $5, $6, $7) AS new(id, was_sent, was_day, was_limit, was_price, sent, day)
            WHERE user_id = ANY (ARRAY[new.id]) AND messages_sent_today = new.was_sent AND quota_date = new.was_day
              AND daily_free_limit IS NOT DISTINCT FROM new.was_limit AND points_per_message IS NOT DISTINCT FROM new.was_price
            RETURNING 1),
        wallet AS (
            UPDATE wallets SET balance = new.balance, last_number = new.number
            FROM unnest($8, $9, $10, $11, $12) AS new(id, was_number, was_balance, number, balance)
            WHERE user_id = ANY (ARRAY[new.id]) AND wallets.last_number = new.was_number AND wallets.balance = new.was_balance
            RETURNING 1),
        conversation AS (
            UPDATE conversations SET last_sequence = new.sequence, revision = new.revision, last_activity_at = new.activity
            FROM unnest($13, $14, $15, $16, $17, $18, $19) AS new(id, was_revision, was_sequence, was_activity, revision, sequence, activity)
            WHERE conversations.id = ANY (ARRAY[new.id]) AND conversations.revision = new.was_revision AND last_sequence = new.was_sequence
              AND last_activity_at = new.was_activity
            RETURNING 1),
        message AS (
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged)
            SELECT id, conversation_id, sequence, revision, sender_id, content, at, at, expires_at, false, client_message_id, points
            FROM unnest($20, $21, $22, $23, $24, $25, $26, $27, $28, $29) AS new(id, conversation_id, sequence, revision, sender_id, content, at, expires_at, client_message_id, points)),
        line AS (
            INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, message_id, conversation_id, created_at)
            SELECT id, user_id, number, 'SPEND', amount, balance_after, message_id, conversation_id, at
            FROM unnest($30, $31, $32, $33, $34, $35, $36, $37) AS new(id, user_id, number, amount, balance_after, message_id, conversation_id, at))
        SELECT ensure_unchanged(
            (SELECT count(*) FROM quota) = cardinality($1)
            AND (SELECT count(*) FROM wallet) = cardinality($8)
            AND (SELECT count(*) FROM conversation) = cardinality($13)
            AND NOT EXISTS (
                SELECT FROM unnest($38) AS recipient(id)
                CROSS JOIN LATERAL (SELECT deactivated_at FROM users WHERE users.id = recipient.id LIMIT 1) AS account
                WHERE account.deactivated_at IS NOT NULL))
        """;

    public static NpgsqlBatch ToLoad(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends) => new(connection)
    {
        BatchCommands = { Loading(sends) },
    };

    /// <summary>
    /// Loads within a transaction, after locking the rows in the order of docs/decisions/0003-locks-not-retries.md, and of their ids,
    /// so that two batches cannot deadlock. The load sees what the previous holders of the locks have committed.
    /// </summary>
    public static NpgsqlBatch ToLoadUnderLocks(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends) => new(connection)
    {
        BatchCommands =
        {
            new NpgsqlBatchCommand(LockTimeout),
            new NpgsqlBatchCommand(LockQuotas) { Parameters = { Senders(sends) } },
            new NpgsqlBatchCommand(LockWallets) { Parameters = { Senders(sends) } },
            new NpgsqlBatchCommand(LockConversations) { Parameters = { Conversations(sends), Senders(sends) } },
            Loading(sends),
        },
    };

    public static async Task<SendBatchState> ReadAsync(NpgsqlDataReader reader)
    {
        var loaded = new SendBatchState();
        do
        {
            // The locking statements return no columns.
            while (reader.FieldCount > 0 && await reader.ReadAsync())
            {
                TakeSender(reader, loaded);
                loaded.HasSynchronousStandby = reader.GetBoolean(StandbyColumn);
                if (!reader.IsDBNull(ConversationColumn))
                    TakeConversation(reader, loaded);
                if (!reader.IsDBNull(EarlierColumn))
                    TakeEarlier(reader, loaded);
            }
        }
        while (await reader.NextResultAsync());

        return loaded;
    }

    public static NpgsqlCommand ToStore(NpgsqlConnection connection, SendBatchState loaded)
    {
        var quotas = loaded.ChangedQuotas;
        var wallets = loaded.ChangedWallets;
        var conversations = loaded.ChangedConversations;
        var messages = loaded.Added;
        var lines = wallets.SelectMany(wallet => wallet.Aggregate.NewTransactions).ToList();

        return new NpgsqlCommand(Store, connection)
        {
            Parameters =
            {
                Uuids(quotas, quota => quota.Aggregate.UserId),
                Array(quotas, NpgsqlDbType.Integer, quota => quota.Version.MessagesSentToday),
                Array(quotas, NpgsqlDbType.Date, quota => quota.Version.QuotaDate),
                Array(quotas, NpgsqlDbType.Integer, quota => quota.Version.DailyFreeLimit),
                Array(quotas, NpgsqlDbType.Bigint, quota => quota.Version.PointsPerMessage),
                Array(quotas, NpgsqlDbType.Integer, quota => quota.Aggregate.MessagesSentToday),
                Array(quotas, NpgsqlDbType.Date, quota => quota.Aggregate.QuotaDate),
                Uuids(wallets, wallet => wallet.Aggregate.UserId),
                Numbers(wallets, wallet => wallet.Version.LastNumber),
                Numbers(wallets, wallet => wallet.Version.Balance),
                Numbers(wallets, wallet => wallet.Aggregate.LastNumber),
                Numbers(wallets, wallet => wallet.Aggregate.Balance),
                Uuids(conversations, conversation => conversation.Aggregate.Id),
                Numbers(conversations, conversation => conversation.Version.Revision),
                Numbers(conversations, conversation => conversation.Version.LastSequence),
                Times(conversations, conversation => conversation.Version.LastActivityAt),
                Numbers(conversations, conversation => conversation.Aggregate.Revision),
                Numbers(conversations, conversation => conversation.Aggregate.LastSequence),
                Times(conversations, conversation => conversation.Aggregate.LastActivityAt),
                Uuids(messages, message => message.Id),
                Uuids(messages, message => message.ConversationId),
                Numbers(messages, message => message.Sequence),
                Numbers(messages, message => message.Revision),
                Uuids(messages, message => message.SenderId),
                Array(messages, NpgsqlDbType.Text, message => message.Content),
                Times(messages, message => message.CreatedAt),
                Array(messages, NpgsqlDbType.TimestampTz, message => message.ExpiresAt),
                OptionalUuids(messages, message => message.ClientMessageId),
                Numbers(messages, message => message.PointsCharged),
                Uuids(lines, line => line.Id),
                Uuids(lines, line => line.UserId),
                Numbers(lines, line => line.Number),
                Numbers(lines, line => line.Amount),
                Numbers(lines, line => line.BalanceAfter),
                OptionalUuids(lines, line => line.MessageId),
                OptionalUuids(lines, line => line.ConversationId),
                Times(lines, line => line.CreatedAt),
                Uuids(loaded.Recipients, recipient => recipient),
            },
        };
    }

    private static NpgsqlBatchCommand Loading(IReadOnlyList<QueuedSend> sends) => new(Load)
    {
        Parameters = { Senders(sends), Conversations(sends), OptionalUuids(sends, send => send.Keys.ClientMessageId) },
    };

    private static NpgsqlParameter<Guid[]> Senders(IReadOnlyList<QueuedSend> sends) => Uuids(sends, send => send.Keys.SenderId);

    private static NpgsqlParameter<Guid[]> Conversations(IReadOnlyList<QueuedSend> sends) => Uuids(sends, send => send.Keys.ConversationId);

    private static void TakeSender(NpgsqlDataReader reader, SendBatchState loaded)
    {
        var userId = reader.GetGuid(0);
        loaded.Take(
            MessageQuota.Restore(userId, reader.GetInt32(1), reader.GetFieldValue<DateOnly>(2), OrNull<int>(reader, 3), OrNull<long>(reader, 4)),
            Wallet.Restore(userId, reader.GetInt64(5), reader.GetInt64(6)));
    }

    private static void TakeConversation(NpgsqlDataReader reader, SendBatchState loaded)
    {
        const int At = ConversationColumn;
        var conversation = Conversation.Restore(
            reader.GetGuid(At),
            (reader.GetGuid(At + 1), reader.GetInt64(At + 2)),
            (reader.GetGuid(At + 3), reader.GetInt64(At + 4)),
            reader.GetInt64(At + 5),
            reader.GetInt64(At + 6),
            reader.GetFieldValue<DateTimeOffset>(At + 7),
            reader.GetFieldValue<DateTimeOffset>(At + 8));
        loaded.Take(conversation);
        if (reader.GetBoolean(RecipientColumn))
            loaded.TakeDeactivatedRecipient(senderId: reader.GetGuid(0), conversation);
    }

    private static void TakeEarlier(NpgsqlDataReader reader, SendBatchState loaded)
    {
        const int At = EarlierColumn;
        loaded.Take(Message.Restore(
            reader.GetGuid(At),
            reader.GetGuid(At + 1),
            reader.GetInt64(At + 2),
            reader.GetInt64(At + 3),
            reader.GetGuid(At + 4),
            reader.GetString(At + 5),
            reader.GetFieldValue<DateTimeOffset>(At + 6),
            reader.GetFieldValue<DateTimeOffset>(At + 7),
            OrNull<DateTimeOffset>(reader, At + 8),
            reader.GetBoolean(At + 9),
            OrNull<Guid>(reader, At + 10),
            reader.GetInt64(At + 11)));
    }

    private static T? OrNull<T>(NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    private static NpgsqlParameter<Guid[]> Uuids<T>(IReadOnlyList<T> rows, Func<T, Guid> value) => Array(rows, NpgsqlDbType.Uuid, value);

    private static NpgsqlParameter<Guid?[]> OptionalUuids<T>(IReadOnlyList<T> rows, Func<T, Guid?> value) => Array(rows, NpgsqlDbType.Uuid, value);

    private static NpgsqlParameter<long[]> Numbers<T>(IReadOnlyList<T> rows, Func<T, long> value) => Array(rows, NpgsqlDbType.Bigint, value);

    private static NpgsqlParameter<DateTimeOffset[]> Times<T>(IReadOnlyList<T> rows, Func<T, DateTimeOffset> value) =>
        Array(rows, NpgsqlDbType.TimestampTz, value);

    private static NpgsqlParameter<TValue[]> Array<T, TValue>(IReadOnlyList<T> rows, NpgsqlDbType type, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var row = 0; row < values.Length; row++)
            values[row] = value(rows[row]);

        return new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
