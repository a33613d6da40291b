using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// The statement that stores all decisions of a batch, or none. It has a form with and without attachments, and one with and without
/// encrypted texts, so that a batch neither names nor writes what it does not have.
/// </summary>
internal sealed class StoreStatement
{
    private static readonly TableColumns<MessageQuota> _quotas = QuotaConfiguration.Columns;
    private static readonly TableColumns<Wallet> _wallets = WalletConfiguration.Columns;
    private static readonly TableColumns<Conversation> _conversations = ConversationConfiguration.Columns;
    private static readonly TableColumns<Message> _messages = MessageConfiguration.Columns;
    private static readonly TableColumns<WalletTransaction> _ledgerLines = WalletTransactionConfiguration.Columns;
    private static readonly TableColumns<Attachment> _attachments = AttachmentConfiguration.Columns;

    private static readonly StoreStatement _ofTexts = new(hasAttachments: false, isEncrypted: false);
    private static readonly StoreStatement _ofEncryptedTexts = new(hasAttachments: false, isEncrypted: true);
    private static readonly StoreStatement _withAttachments = new(hasAttachments: true, isEncrypted: false);
    private static readonly StoreStatement _encryptedWithAttachments = new(hasAttachments: true, isEncrypted: true);

    private readonly StatementParameters<SendChanges> _parameters = new();
    private readonly string _text;

    private StoreStatement(bool hasAttachments, bool isEncrypted)
    {
        var quota = UpdateOf(_quotas, changes => changes.Quotas, out var quotaIds);
        var wallet = UpdateOf(_wallets, changes => changes.Wallets, out var walletIds);
        var conversation = UpdateOf(_conversations, changes => changes.Conversations, out var conversationIds);
        var (attachment, areBound) = hasAttachments ? BindAttachments() : ("", "");
        var (key, areKeysSame) = isEncrypted ? AddKeys() : ("", "");
        var (message, ledgerLine) = (
            InsertOfMessages(hasAttachments, isEncrypted), InsertOf(_ledgerLines, changes => changes.LedgerLines));
        _text =
            $"""
            WITH quota AS (
            {quota}),
            wallet AS (
            {wallet}),
            conversation AS (
            {conversation}),
            {attachment}{key}message AS (
            {message}),
            ledger_line AS (
            {ledgerLine})
            SELECT ensure_unchanged(
                (SELECT count(*) FROM quota) = cardinality({quotaIds})
                AND (SELECT count(*) FROM wallet) = cardinality({walletIds})
                AND (SELECT count(*) FROM conversation) = cardinality({conversationIds}){areBound}{areKeysSame}
                AND NOT EXISTS (
                    SELECT FROM unnest({_parameters.Add(changes => StatementParameters.Uuids(changes.Recipients, id => id))}) AS recipient(id)
                    CROSS JOIN LATERAL (SELECT deactivated_at FROM users WHERE users.id = recipient.id LIMIT 1) AS account
                    WHERE account.deactivated_at IS NOT NULL))
            """;
    }

    /// <summary>Returns the form that stores these changes.</summary>
    public static StoreStatement For(SendChanges changes) => Form(changes.Attachments.After.Count > 0, changes.EncryptedTexts is not null);

    public static StoreStatement Form(bool hasAttachments, bool isEncrypted) => (hasAttachments, isEncrypted) switch
    {
        (false, false) => _ofTexts,
        (false, true) => _ofEncryptedTexts,
        (true, false) => _withAttachments,
        (true, true) => _encryptedWithAttachments,
    };

    public NpgsqlCommand CreateCommand(NpgsqlConnection connection, SendChanges changes)
    {
        var command = new NpgsqlCommand(_text, connection);
        _parameters.AddTo(command.Parameters, changes);

        return command;
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
    private string UpdateOf<TRow>(TableColumns<TRow> columns, Func<SendChanges, RowChanges<TRow>> rows, out string idsParameter)
        where TRow : class
    {
        var (table, key, mutable) = (columns.Table, columns.Key, columns.Mutable);
        idsParameter = _parameters.Add([key], changes => rows(changes).After);
        var before = _parameters.Add(mutable, changes => rows(changes).Before);
        var after = _parameters.Add(mutable, changes => rows(changes).After);

        return $"""
            UPDATE {table} SET {List(mutable, column => $"{column} = new.{column}")}
            FROM unnest({idsParameter}, {before}, {after}) AS new({key.Name}, {List(mutable, column => $"was_{column}")}, {List(mutable, column => column)})
            WHERE {table}.{key.Name} = ANY (ARRAY[new.{key.Name}])
            {string.Concat(mutable.Select(column => $" AND {table}.{column.Name} {(column.IsNullable ? "IS NOT DISTINCT FROM" : "=")} new.was_{column.Name}"))}
            RETURNING 1
            """;
    }

    private string InsertOf<TRow>(TableColumns<TRow> columns, Func<SendChanges, IReadOnlyList<TRow>> rows)
        where TRow : class
    {
        var names = List(columns.Inserted, column => column);

        return $"INSERT INTO {columns.Table} ({names}) SELECT {names} FROM unnest({_parameters.Add(columns.Inserted, rows)}) AS new({names})";
    }

    /// <summary>
    /// Returns the insertion of messages, which omits their attachments among texts. Attachments are a parameter of type text, which
    /// PostgreSQL does not convert to jsonb by itself. Encrypted texts are a parameter of their own, because messages do not have them.
    /// </summary>
    private string InsertOfMessages(bool hasAttachments, bool isEncrypted)
    {
        var (attachments, content) = (
            _messages.NameOf(message => message.Attachments), _messages.NameOf(message => message.Content));
        var inserted = _messages.Inserted.ToList();
        if (hasAttachments)
            inserted.Add(_messages.All.Single(column => column.Name == attachments));

        var parameters = inserted.Select(column => isEncrypted && column.Name == content
            ? _parameters.Add(changes => Parameter.Of(changes.EncryptedTexts!))
            : _parameters.Add([column], changes => changes.Messages));
        var names = List(inserted, column => column);
        var values = List(inserted, column => column == attachments ? $"{column}::jsonb" : column);
        var (flag, isNotEmpty) = isEncrypted ? (", is_encrypted", $", {content} <> ''") : ("", "");

        return $"""
            INSERT INTO {_messages.Table} ({names}{flag}) SELECT {values}{isNotEmpty}
            FROM unnest({string.Join(", ", parameters.ToList())}) AS new({names})
            """;
    }

    /// <summary>
    /// Returns the part that adds the keys of conversations without one, and the condition that the other ones are still as they were read.
    /// So no text is stored under a key that is not, also after a failover that lost it.
    /// </summary>
    private (string Statement, string Condition) AddKeys()
    {
        var (addedIds, added) = Add(changes => changes.Keys.Added);
        var (ids, keys) = Add(changes => changes.Keys.Stored);
        var statement =
            $"""
            conversation_key AS (
            INSERT INTO conversation_keys (conversation_id, encrypted_key) SELECT * FROM unnest({addedIds}, {added})),

            """;
        var condition =
            $"""
             AND NOT EXISTS (
                    SELECT FROM unnest({ids}, {keys}) AS used(conversation_id, encrypted_key)
                    WHERE NOT EXISTS (
                        SELECT FROM conversation_keys AS key
                        WHERE key.conversation_id = ANY (ARRAY[used.conversation_id]) AND key.encrypted_key = used.encrypted_key))
            """;

        return (statement, $"\n   {condition}");

        (string Ids, string Keys) Add(Func<SendChanges, IReadOnlyDictionary<Guid, byte[]>> keysOf) => (
            _parameters.Add(changes => Parameter.Of(keysOf(changes).Keys.ToArray())),
            _parameters.Add(changes => Parameter.Of(keysOf(changes).Values.ToArray())));
    }

    /// <summary>
    /// Returns the part that binds the attachments to their messages, and its condition. It compares the values that decide whether an
    /// attachment can be sent; its other values no longer change once it is ready. The foreign key to the message, which the same statement
    /// inserts, is checked at the end of the statement. <c>num_nonnulls</c> replaces <c>IS NULL</c>, so that no plan looks up the rows
    /// without a message.
    /// </summary>
    private (string Statement, string Condition) BindAttachments()
    {
        var ids = Add(_attachments.Key, changes => changes.Attachments.After);
        var messageId = ColumnOf(nameof(Attachment.MessageId));
        var removeAt = ColumnOf(nameof(Attachment.RemoveAt));
        var messageIds = Add(messageId, changes => changes.Attachments.After);
        var after = Add(removeAt, changes => changes.Attachments.After);
        var before = Add(removeAt, changes => changes.Attachments.Before);
        var statement =
            $"""
            attachment AS (
            UPDATE attachments SET message_id = new.message_id, remove_at = new.remove_at
            FROM unnest({ids}, {messageIds}, {after}, {before}) AS new(id, message_id, remove_at, was_remove_at)
            WHERE attachments.id = ANY (ARRAY[new.id])
                AND num_nonnulls(attachments.message_id, attachments.erased_at) = 0 AND num_nonnulls(attachments.encrypted_key) = 1
                AND attachments.state = {(short)AttachmentState.Ready}
                AND attachments.remove_at IS NOT DISTINCT FROM new.was_remove_at
            RETURNING 1),

            """;

        return (statement, $"\n    AND (SELECT count(*) FROM attachment) = cardinality({ids})");

        string Add(Column<Attachment> column, Func<SendChanges, IReadOnlyList<Attachment>> rows) => _parameters.Add([column], rows);

        static Column<Attachment> ColumnOf(string property) => _attachments.All.Single(column => column.Property.Name == property);
    }

    private static string List<TRow>(IEnumerable<Column<TRow>> columns, Func<string, string> term)
        where TRow : class => string.Join(", ", columns.Select(column => term(column.Name)));
}
