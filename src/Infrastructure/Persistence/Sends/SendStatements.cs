using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Builds the statement that reads all rows that the sends of a batch need (<see cref="StoreStatement"/> stores them). Also builds the
/// locking statements that precede them when rows are locked first. A batch in which a send has attachments reads and locks them by one
/// further statement each, in the same round trip. The columns come from the lists of the EF Core mapping
/// (<see cref="TableColumns{TRow}"/>).
/// </summary>
internal static class SendStatements
{
    /// <summary>
    /// Other batches release their locks soon. If another transaction holds a row longer, the batch fails and each send waits on its own.
    /// </summary>
    internal const string LockTimeout = "SET LOCAL lock_timeout = '250ms'";

    /// <summary>Locks in the order of the keys. Each row has its own subquery, for the reason given at <see cref="_load"/>.</summary>
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

    /// <summary>Does not lock another user's attachment.</summary>
    private const string LockAttachments =
        """
        SELECT FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) AS wanted
        CROSS JOIN LATERAL (SELECT FROM attachments WHERE id = wanted.id AND uploader_id = ANY($2) LIMIT 1 FOR NO KEY UPDATE) AS locked
        """;

    /// <summary>Part of the batch of <see cref="_load"/> only if messages are encrypted.</summary>
    private const string LoadKeys =
        """
        SELECT key.conversation_id, key.encrypted_key FROM (SELECT DISTINCT id FROM unnest($1) AS id) AS wanted
        CROSS JOIN LATERAL (SELECT * FROM conversation_keys WHERE conversation_id = wanted.id LIMIT 1) AS key
        """;

    private const int KeyColumns = 2;

    private static readonly TableColumns<MessageQuota> _quotas = QuotaConfiguration.Columns;
    private static readonly TableColumns<Wallet> _wallets = WalletConfiguration.Columns;
    private static readonly TableColumns<Conversation> _conversations = ConversationConfiguration.Columns;
    private static readonly TableColumns<Attachment> _attachments = AttachmentConfiguration.Columns;

    /// <summary>
    /// The ordinals at which the columns of each table begin in the result of <see cref="_load"/>, in the order of its select list.
    /// </summary>
    private static readonly int _walletOrdinal = _quotas.All.Count;
    private static readonly int _conversationOrdinal = _walletOrdinal + _wallets.All.Count;
    private static readonly int _messageOrdinal = _conversationOrdinal + _conversations.All.Count;
    private static readonly int _deactivatedOrdinal = _messageOrdinal + StoredMessage.ColumnCount;
    private static readonly int _standbyOrdinal = _deactivatedOrdinal + 1;

    /// <summary>
    /// Each row is looked up by a subquery with a limit, so that no plan scans a whole table or index, independently of the statistics. A
    /// plan that was made while the statistics said "empty" is kept after the tables have grown.
    /// </summary>
    private static readonly string _load =
        $"""
        SELECT {_quotas.NamesOf("q")}, {_wallets.NamesOf("w")}, {_conversations.NamesOf("c")}, {StoredMessage.SelectListOf("m")},
               (SELECT id FROM users WHERE id = CASE WHEN c.pair_low = send.sender_id THEN c.pair_high ELSE c.pair_low END AND deactivated_at IS NOT NULL LIMIT 1),
               current_setting('synchronous_standby_names') <> ''
        FROM unnest($1, $2, $3) AS send(sender_id, conversation_id, client_message_id)
        CROSS JOIN LATERAL (SELECT * FROM message_quotas WHERE user_id = send.sender_id LIMIT 1) AS q
        CROSS JOIN LATERAL (SELECT * FROM wallets WHERE user_id = send.sender_id LIMIT 1) AS w
        LEFT JOIN LATERAL (SELECT * FROM conversations WHERE id = send.conversation_id LIMIT 1) AS c ON true
        LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE sender_id = send.sender_id AND client_message_id = send.client_message_id LIMIT 1) AS m ON true
        """;

    /// <summary>Part of the batch of <see cref="_load"/> only if one of its sends has attachments.</summary>
    private static readonly string _loadAttachments =
        $"""
        SELECT {_attachments.NamesOf("a")} FROM (SELECT DISTINCT id FROM unnest($1) AS id) AS wanted
        CROSS JOIN LATERAL (SELECT * FROM attachments WHERE id = wanted.id LIMIT 1) AS a
        """;

    /// <param name="withKeys">Whether to load the keys of the conversations too.</param>
    public static NpgsqlBatch CreateLoad(NpgsqlConnection connection, IReadOnlyList<SendRequest> sends, bool withKeys)
    {
        var batch = new NpgsqlBatch(connection);
        AddLoad(batch, sends, AttachmentsOf(sends), withKeys);

        return batch;
    }

    /// <summary>
    /// Loads within a transaction, after locking the rows in the order of docs/decisions/0003-locks-not-retries.md, and of their ids,
    /// so that two batches cannot deadlock. The load sees what the previous holders of the locks have committed.
    /// </summary>
    /// <param name="lockTimeout">A statement that limits the wait for each lock; null for the limit of the connection.</param>
    /// <param name="withKeys">Whether to load the keys of the conversations too.</param>
    public static NpgsqlBatch CreateLoadUnderLocks(
        NpgsqlConnection connection, IReadOnlyList<SendRequest> sends, bool withKeys, string? lockTimeout)
    {
        var batch = new NpgsqlBatch(connection);
        if (lockTimeout is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(lockTimeout));

        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockQuotas) { Parameters = { SendersOf(sends) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockWallets) { Parameters = { SendersOf(sends) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockConversations) { Parameters = { ConversationsOf(sends), SendersOf(sends) } });
        var attachments = AttachmentsOf(sends);
        if (attachments is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(LockAttachments) { Parameters = { UuidsOf(attachments), SendersOf(sends) } });

        AddLoad(batch, sends, attachments, withKeys);

        return batch;
    }

    public static NpgsqlCommand CreateStore(NpgsqlConnection connection, SendChanges changes) =>
        StoreStatement.For(changes).CreateCommand(connection, changes);

    public static async Task<SendBatchState> ReadAsync(
        NpgsqlDataReader reader, MessageEncryption encryption, CancellationToken cancellationToken)
    {
        var loaded = new SendBatchState();
        Action<NpgsqlDataReader, SendBatchState> add = (row, state) => Add(row, state, encryption);
        do
        {
            // The locking statements return no columns.
            if (reader.FieldCount == 0)
                continue;

            while (await reader.ReadAsync(cancellationToken))
                add(reader, loaded);

            // The attachments and the keys follow the rows of the sends.
            add = AddAttachmentOrKey;
        }
        while (await reader.NextResultAsync(cancellationToken));

        return loaded;
    }

    private static void Add(NpgsqlDataReader reader, SendBatchState loaded, MessageEncryption encryption)
    {
        loaded.Quotas.Add(_quotas.Read(reader, 0)!);
        loaded.Wallets.Add(_wallets.Read(reader, _walletOrdinal)!);
        if (_conversations.Read(reader, _conversationOrdinal) is { } conversation)
            loaded.Conversations.Add(conversation);
        var (earlier, isReadable) = StoredMessage.Read(reader, _messageOrdinal, encryption);
        if (!isReadable)
            loaded.AddUnreadable(earlier!);
        else if (earlier is not null)
            loaded.AddEarlier(earlier);
        if (!reader.IsDBNull(_deactivatedOrdinal))
            loaded.AddDeactivatedUser(reader.GetGuid(_deactivatedOrdinal));
        loaded.HasSynchronousStandby = reader.GetBoolean(_standbyOrdinal);
    }

    private static void AddAttachmentOrKey(NpgsqlDataReader reader, SendBatchState loaded)
    {
        if (reader.FieldCount == KeyColumns)
            loaded.Keys.Add(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1));
        else
            loaded.Attachments.Add(_attachments.Read(reader, 0)!);
    }

    /// <param name="attachments">The attachments of all sends; null for none.</param>
    private static void AddLoad(NpgsqlBatch batch, IReadOnlyList<SendRequest> sends, List<AttachmentId>? attachments, bool withKeys)
    {
        batch.BatchCommands.Add(LoadOf(sends));
        if (attachments is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_loadAttachments) { Parameters = { UuidsOf(attachments) } });
        if (withKeys)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(LoadKeys) { Parameters = { ConversationsOf(sends) } });
    }

    private static NpgsqlBatchCommand LoadOf(IReadOnlyList<SendRequest> sends) => new(_load)
    {
        Parameters = { SendersOf(sends), ConversationsOf(sends), Uuids(sends, send => send.Draft.ClientMessageId) },
    };

    private static NpgsqlParameter<Guid?[]> SendersOf(IReadOnlyList<SendRequest> sends) => Uuids(sends, send => send.SenderId);

    private static NpgsqlParameter<Guid?[]> ConversationsOf(IReadOnlyList<SendRequest> sends) => Uuids(sends, send => send.ConversationId);

    private static NpgsqlParameter<Guid?[]> UuidsOf(List<AttachmentId> attachments) => Uuids(attachments, id => id.Value);

    /// <summary>Returns the attachments of all sends; null for none, so that texts allocate nothing.</summary>
    private static List<AttachmentId>? AttachmentsOf(IReadOnlyList<SendRequest> sends)
    {
        List<AttachmentId>? attachments = null;
        foreach (var send in sends)
        {
            if (send.Draft.AttachmentIds.Count > 0)
                (attachments ??= []).AddRange(send.Draft.AttachmentIds);
        }

        return attachments;
    }

    private static NpgsqlParameter<Guid?[]> Uuids<T>(IReadOnlyList<T> rows, Func<T, Guid?> value) =>
        StatementParameters.Uuids(rows, value);
}
