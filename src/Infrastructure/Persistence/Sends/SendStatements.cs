using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// The two statements of a group: one that reads all that its sends need, one that stores all that was decided, or nothing of it; and what
/// goes before them when rows are locked.
/// </summary>
internal static class SendStatements
{
    /// <summary>Where the conversation begins among the columns that are loaded, and where the earlier message does.</summary>
    private const int ConversationColumn = 9;
    private const int EarlierColumn = 19;

    /// <summary>Other groups are done soon. Who holds a row for longer is somebody else, and then each send waits for itself.</summary>
    internal const string LockTimeout = "SET LOCAL lock_timeout = '250ms'";

    private const string LockQuotas = "SELECT FROM message_quotas WHERE user_id = ANY($1) ORDER BY user_id FOR NO KEY UPDATE";
    private const string LockWallets = "SELECT FROM wallets WHERE user_id = ANY($1) ORDER BY user_id FOR NO KEY UPDATE";

    /// <summary>Nobody locks a conversation that none of the senders is in.</summary>
    private const string LockConversations =
        "SELECT FROM conversations WHERE id = ANY($1) AND (pair_low = ANY($2) OR pair_high = ANY($2)) ORDER BY id FOR NO KEY UPDATE";

    private const string Load =
        """
        SELECT q.user_id, q.messages_sent_today, q.quota_date, q.daily_free_limit, q.points_per_message, q.xmin,
               w.balance, w.last_number, w.xmin,
               c.id, c.pair_low, low.last_read_sequence, c.pair_high, high.last_read_sequence, c.last_sequence, c.revision, c.created_at, c.last_activity_at, c.xmin,
               m.id, m.conversation_id, m.sequence, m.revision, m.sender_id, m.content, m.created_at, m.updated_at, m.expires_at, m.is_expired, m.client_message_id, m.points_charged
        FROM unnest($1, $2, $3) AS send(sender_id, conversation_id, client_message_id)
        JOIN message_quotas AS q ON q.user_id = send.sender_id
        JOIN wallets AS w ON w.user_id = send.sender_id
        LEFT JOIN conversations AS c ON c.id = send.conversation_id
        LEFT JOIN participants AS low ON low.conversation_id = c.id AND low.user_id = c.pair_low
        LEFT JOIN participants AS high ON high.conversation_id = c.id AND high.user_id = c.pair_high
        LEFT JOIN messages AS m ON m.sender_id = send.sender_id AND m.client_message_id = send.client_message_id
        """;

    /// <summary>
    /// A row that somebody has written since it was read is not found again; then nothing at all is stored. Returns the version of what is
    /// written.
    /// </summary>
    private const string Store =
        """
        WITH quota AS (
            UPDATE message_quotas SET messages_sent_today = new.sent, quota_date = new.day
            FROM unnest($1, $2, $3, $4) AS new(id, version, sent, day)
            WHERE user_id = new.id AND message_quotas.xmin = new.version
            RETURNING 1),
        wallet AS (
            UPDATE wallets SET balance = new.balance, last_number = new.number
            FROM unnest($5, $6, $7, $8) AS new(id, version, balance, number)
            WHERE user_id = new.id AND wallets.xmin = new.version
            RETURNING 1),
        conversation AS (
            UPDATE conversations SET last_sequence = new.sequence, revision = new.revision, last_activity_at = new.activity
            FROM unnest($9, $10, $11, $12, $13) AS new(id, version, sequence, revision, activity)
            WHERE conversations.id = new.id AND conversations.xmin = new.version
            RETURNING 1),
        message AS (
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged)
            SELECT id, conversation_id, sequence, revision, sender_id, content, at, at, expires_at, false, client_message_id, points
            FROM unnest($14, $15, $16, $17, $18, $19, $20, $21, $22, $23) AS new(id, conversation_id, sequence, revision, sender_id, content, at, expires_at, client_message_id, points)),
        line AS (
            INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, message_id, conversation_id, created_at)
            SELECT id, user_id, number, 'SPEND', amount, balance_after, message_id, conversation_id, at
            FROM unnest($24, $25, $26, $27, $28, $29, $30, $31) AS new(id, user_id, number, amount, balance_after, message_id, conversation_id, at))
        SELECT pg_current_xact_id()::xid, ensure_unchanged(
            (SELECT count(*) FROM quota) = cardinality($1)
            AND (SELECT count(*) FROM wallet) = cardinality($5)
            AND (SELECT count(*) FROM conversation) = cardinality($9))
        """;

    public static NpgsqlBatch ToLoad(NpgsqlConnection connection, IReadOnlyList<PendingSend> sends) => new(connection)
    {
        BatchCommands = { Loading(sends) },
    };

    /// <summary>
    /// The same within a transaction, after what is loaded was locked: in the order of docs/decisions/0003-locks-not-retries.md, and of the ids,
    /// so that no two groups wait in a circle. What is loaded is what those have left who had the locks before.
    /// </summary>
    public static NpgsqlBatch ToLoadUnderLocks(NpgsqlConnection connection, IReadOnlyList<PendingSend> sends) => new(connection)
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

    public static async Task<LoadedSends> ReadAsync(NpgsqlDataReader reader)
    {
        var loaded = new LoadedSends();
        do
        {
            // What was locked comes without columns.
            while (reader.FieldCount > 0 && await reader.ReadAsync())
            {
                TakeSender(reader, loaded);
                if (!reader.IsDBNull(ConversationColumn))
                    TakeConversation(reader, loaded);
                if (!reader.IsDBNull(EarlierColumn))
                    TakeEarlier(reader, loaded);
            }
        }
        while (await reader.NextResultAsync());

        return loaded;
    }

    public static NpgsqlCommand ToStore(NpgsqlConnection connection, LoadedSends loaded)
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
                Versions(quotas),
                Array(quotas, NpgsqlDbType.Integer, quota => quota.Aggregate.MessagesSentToday),
                Array(quotas, NpgsqlDbType.Date, quota => quota.Aggregate.QuotaDate),
                Uuids(wallets, wallet => wallet.Aggregate.UserId),
                Versions(wallets),
                Numbers(wallets, wallet => wallet.Aggregate.Balance),
                Numbers(wallets, wallet => wallet.Aggregate.LastNumber),
                Uuids(conversations, conversation => conversation.Aggregate.Id),
                Versions(conversations),
                Numbers(conversations, conversation => conversation.Aggregate.LastSequence),
                Numbers(conversations, conversation => conversation.Aggregate.Revision),
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
            },
        };
    }

    private static NpgsqlBatchCommand Loading(IReadOnlyList<PendingSend> sends) => new(Load)
    {
        Parameters = { Senders(sends), Conversations(sends), OptionalUuids(sends, send => send.Keys.ClientMessageId) },
    };

    private static NpgsqlParameter<Guid[]> Senders(IReadOnlyList<PendingSend> sends) => Uuids(sends, send => send.Keys.SenderId);

    private static NpgsqlParameter<Guid[]> Conversations(IReadOnlyList<PendingSend> sends) => Uuids(sends, send => send.Keys.ConversationId);

    private static void TakeSender(NpgsqlDataReader reader, LoadedSends loaded)
    {
        var userId = reader.GetGuid(0);
        loaded.Take(
            new Loaded<MessageQuota>(
                MessageQuota.Restore(userId, reader.GetInt32(1), reader.GetFieldValue<DateOnly>(2), OrNull<int>(reader, 3), OrNull<long>(reader, 4)),
                reader.GetFieldValue<uint>(5)),
            new Loaded<Wallet>(Wallet.Restore(userId, reader.GetInt64(6), reader.GetInt64(7)), reader.GetFieldValue<uint>(8)));
    }

    private static void TakeConversation(NpgsqlDataReader reader, LoadedSends loaded)
    {
        const int At = ConversationColumn;
        loaded.Take(new Loaded<Conversation>(
            Conversation.Restore(
                reader.GetGuid(At),
                (reader.GetGuid(At + 1), reader.GetInt64(At + 2)),
                (reader.GetGuid(At + 3), reader.GetInt64(At + 4)),
                reader.GetInt64(At + 5),
                reader.GetInt64(At + 6),
                reader.GetFieldValue<DateTimeOffset>(At + 7),
                reader.GetFieldValue<DateTimeOffset>(At + 8)),
            reader.GetFieldValue<uint>(At + 9)));
    }

    private static void TakeEarlier(NpgsqlDataReader reader, LoadedSends loaded)
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

    private static NpgsqlParameter<uint[]> Versions<T>(IReadOnlyList<Loaded<T>> rows) => Array(rows, NpgsqlDbType.Xid, row => row.Version);

    private static NpgsqlParameter<TValue[]> Array<T, TValue>(IReadOnlyList<T> rows, NpgsqlDbType type, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var row = 0; row < values.Length; row++)
            values[row] = value(rows[row]);

        return new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
