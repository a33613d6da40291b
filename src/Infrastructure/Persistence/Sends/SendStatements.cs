using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Builds the two statements of a batch: one reads all rows that its sends need, and one stores all decisions or none. Also builds the
/// locking statements that precede them when rows are locked first. The columns come from the lists of the EF Core mapping
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

    private static readonly TableColumns<MessageQuota> _quotas = QuotaConfiguration.Columns;
    private static readonly TableColumns<Wallet> _wallets = WalletConfiguration.Columns;
    private static readonly TableColumns<Conversation> _conversations = ConversationConfiguration.Columns;
    private static readonly TableColumns<Message> _messages = MessageConfiguration.Columns;
    private static readonly TableColumns<WalletTransaction> _ledgerLines = WalletTransactionConfiguration.Columns;

    /// <summary>
    /// The ordinals at which the columns of each table begin in the result of <see cref="_load"/>, in the order of its select list.
    /// </summary>
    private static readonly int _walletOrdinal = _quotas.All.Count;
    private static readonly int _conversationOrdinal = _walletOrdinal + _wallets.All.Count;
    private static readonly int _messageOrdinal = _conversationOrdinal + _conversations.All.Count;
    private static readonly int _deactivatedOrdinal = _messageOrdinal + _messages.All.Count;
    private static readonly int _standbyOrdinal = _deactivatedOrdinal + 1;

    /// <summary>
    /// Each row is looked up by a subquery with a limit, so that no plan scans a whole table or index, independently of the statistics. A
    /// plan that was made while the statistics said "empty" is kept after the tables have grown.
    /// </summary>
    private static readonly string _load =
        $"""
        SELECT {_quotas.NamesOf("q")}, {_wallets.NamesOf("w")}, {_conversations.NamesOf("c")}, {_messages.NamesOf("m")},
               (SELECT id FROM users WHERE id = CASE WHEN c.pair_low = send.sender_id THEN c.pair_high ELSE c.pair_low END AND deactivated_at IS NOT NULL LIMIT 1),
               current_setting('synchronous_standby_names') <> ''
        FROM unnest($1, $2, $3) AS send(sender_id, conversation_id, client_message_id)
        CROSS JOIN LATERAL (SELECT * FROM message_quotas WHERE user_id = send.sender_id LIMIT 1) AS q
        CROSS JOIN LATERAL (SELECT * FROM wallets WHERE user_id = send.sender_id LIMIT 1) AS w
        LEFT JOIN LATERAL (SELECT * FROM conversations WHERE id = send.conversation_id LIMIT 1) AS c ON true
        LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE sender_id = send.sender_id AND client_message_id = send.client_message_id LIMIT 1) AS m ON true
        """;

    private static readonly StatementParameters<SendChanges> _storeParameters = new();

    /// <summary>
    /// Updates each row only if its values are those that were read. Otherwise, or when a recipient has been deactivated since, nothing at
    /// all is stored.
    /// </summary>
    private static readonly string _store =
        $"""
        WITH quota AS (
        {UpdateOf(_quotas, changes => changes.Quotas, out var quotaIds)}),
        wallet AS (
        {UpdateOf(_wallets, changes => changes.Wallets, out var walletIds)}),
        conversation AS (
        {UpdateOf(_conversations, changes => changes.Conversations, out var conversationIds)}),
        message AS (
        {InsertOf(_messages, changes => changes.Messages)}),
        ledger_line AS (
        {InsertOf(_ledgerLines, changes => changes.LedgerLines)})
        SELECT ensure_unchanged(
            (SELECT count(*) FROM quota) = cardinality({quotaIds})
            AND (SELECT count(*) FROM wallet) = cardinality({walletIds})
            AND (SELECT count(*) FROM conversation) = cardinality({conversationIds})
            AND NOT EXISTS (
                SELECT FROM unnest({_storeParameters.Add(changes => Uuids(changes.Recipients, id => id))}) AS recipient(id)
                CROSS JOIN LATERAL (SELECT deactivated_at FROM users WHERE users.id = recipient.id LIMIT 1) AS account
                WHERE account.deactivated_at IS NOT NULL))
        """;

    public static NpgsqlBatch CreateLoad(NpgsqlConnection connection, IReadOnlyList<SendRequest> sends) => new(connection)
    {
        BatchCommands = { LoadOf(sends) },
    };

    /// <summary>
    /// Loads within a transaction, after locking the rows in the order of docs/decisions/0003-locks-not-retries.md, and of their ids,
    /// so that two batches cannot deadlock. The load sees what the previous holders of the locks have committed.
    /// </summary>
    /// <param name="lockTimeout">A statement that limits the wait for each lock; null for the limit of the connection.</param>
    public static NpgsqlBatch CreateLoadUnderLocks(NpgsqlConnection connection, IReadOnlyList<SendRequest> sends, string? lockTimeout)
    {
        var batch = new NpgsqlBatch(connection);
        if (lockTimeout is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(lockTimeout));

        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockQuotas) { Parameters = { SendersOf(sends) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockWallets) { Parameters = { SendersOf(sends) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockConversations) { Parameters = { ConversationsOf(sends), SendersOf(sends) } });
        batch.BatchCommands.Add(LoadOf(sends));

        return batch;
    }

    public static NpgsqlCommand CreateStore(NpgsqlConnection connection, SendChanges changes)
    {
        var command = new NpgsqlCommand(_store, connection);
        _storeParameters.AddTo(command.Parameters, changes);

        return command;
    }

    public static async Task<SendBatchState> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var loaded = new SendBatchState();
        do
        {
            // The locking statements return no columns.
            while (reader.FieldCount > 0 && await reader.ReadAsync(cancellationToken))
                Add(reader, loaded);
        }
        while (await reader.NextResultAsync(cancellationToken));

        return loaded;
    }

    private static void Add(NpgsqlDataReader reader, SendBatchState loaded)
    {
        loaded.Quotas.Add(_quotas.Read(reader, 0)!);
        loaded.Wallets.Add(_wallets.Read(reader, _walletOrdinal)!);
        if (_conversations.Read(reader, _conversationOrdinal) is { } conversation)
            loaded.Conversations.Add(conversation);
        if (_messages.Read(reader, _messageOrdinal) is { } earlier)
            loaded.AddEarlier(earlier);
        if (!reader.IsDBNull(_deactivatedOrdinal))
            loaded.AddDeactivatedUser(reader.GetGuid(_deactivatedOrdinal));
        loaded.HasSynchronousStandby = reader.GetBoolean(_standbyOrdinal);
    }

    /// <summary>
    /// Returns the statement that updates the changed rows of a table if they still have the values that were read. Returns 1 for each
    /// updated row.
    /// </summary>
    /// <remarks>
    /// <c>= ANY (ARRAY[…])</c> replaces <c>=</c> because it rules out merge and hash joins: the only possible plan looks up each row by its
    /// key. With <c>=</c>, a plan from the time when a table had one row reads the whole index once the table has grown.
    /// </remarks>
    /// <param name="idsParameter">The parameter with the ids of the rows.</param>
    private static string UpdateOf<TRow>(TableColumns<TRow> columns, Func<SendChanges, RowChanges<TRow>> rows, out string idsParameter)
        where TRow : class
    {
        var (table, key, mutable) = (columns.Table, columns.Key, columns.Mutable);
        idsParameter = _storeParameters.Add([key], changes => rows(changes).After);
        var before = _storeParameters.Add(mutable, changes => rows(changes).Before);
        var after = _storeParameters.Add(mutable, changes => rows(changes).After);

        return $"""
            UPDATE {table} SET {List(mutable, column => $"{column} = new.{column}")}
            FROM unnest({idsParameter}, {before}, {after}) AS new({key.Name}, {List(mutable, column => $"was_{column}")}, {List(mutable, column => column)})
            WHERE {table}.{key.Name} = ANY (ARRAY[new.{key.Name}])
            {string.Concat(mutable.Select(column => $" AND {table}.{column.Name} {(column.IsNullable ? "IS NOT DISTINCT FROM" : "=")} new.was_{column.Name}"))}
            RETURNING 1
            """;
    }

    private static string InsertOf<TRow>(TableColumns<TRow> columns, Func<SendChanges, IReadOnlyList<TRow>> rows)
        where TRow : class
    {
        var names = List(columns.Inserted, column => column);

        return $"INSERT INTO {columns.Table} ({names}) SELECT {names} FROM unnest({_storeParameters.Add(columns.Inserted, rows)}) AS "
            + $"new({names})";
    }

    private static string List<TRow>(IEnumerable<Column<TRow>> columns, Func<string, string> term)
        where TRow : class => string.Join(", ", columns.Select(column => term(column.Name)));

    private static NpgsqlBatchCommand LoadOf(IReadOnlyList<SendRequest> sends) => new(_load)
    {
        Parameters = { SendersOf(sends), ConversationsOf(sends), Uuids(sends, send => send.Draft.ClientMessageId) },
    };

    private static NpgsqlParameter<Guid?[]> SendersOf(IReadOnlyList<SendRequest> sends) => Uuids(sends, send => send.SenderId);

    private static NpgsqlParameter<Guid?[]> ConversationsOf(IReadOnlyList<SendRequest> sends) => Uuids(sends, send => send.ConversationId);

    private static NpgsqlParameter<Guid?[]> Uuids<T>(IReadOnlyList<T> rows, Func<T, Guid?> value) =>
        new() { TypedValue = [.. rows.Select(value)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
}

/// <summary>The parameters of a statement, numbered in the order in which its text was built.</summary>
/// <typeparam name="TSource">What the values come from.</typeparam>
internal sealed class StatementParameters<TSource>
{
    private readonly List<Func<TSource, NpgsqlParameter>> _parameters = [];

    /// <summary>Adds a parameter; returns its placeholder for the text of the statement, such as <c>$1</c>.</summary>
    public string Add(Func<TSource, NpgsqlParameter> parameter)
    {
        _parameters.Add(parameter);

        return $"${_parameters.Count}";
    }

    /// <summary>Adds one array parameter for each column; returns the placeholders as a SQL list.</summary>
    public string Add<TRow>(IEnumerable<Column<TRow>> columns, Func<TSource, IReadOnlyList<TRow>> rows)
        where TRow : class =>
            string.Join(", ", columns.Select(column => Add(source => column.CreateArrayParameter(rows(source)))).ToList());

    /// <summary>Creates the parameters with their values.</summary>
    public void AddTo(NpgsqlParameterCollection target, TSource source)
    {
        foreach (var parameter in _parameters)
            target.Add(parameter(source));
    }
}
