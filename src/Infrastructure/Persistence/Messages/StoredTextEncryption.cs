using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// Encrypts the texts that were stored before encryption was turned on, some at a time and while servers run. What the users see does not
/// change. A run that ends early can be repeated: it finds what is left.
/// </summary>
/// <param name="dataSource">Connections without the time limits of requests.</param>
internal sealed class StoredTextEncryption(NpgsqlDataSource dataSource, MessageEncryption encryption)
{
    /// <summary>The number of messages that a step looks at. With all of their earlier texts they need some memory.</summary>
    private const int StepLength = 200;

    private const string FindEnd = "SELECT id FROM messages WHERE id > $1 ORDER BY id OFFSET $2 - 1 LIMIT 1";

    private const string FindConversations =
        """
        SELECT DISTINCT conversation_id FROM messages AS message
        WHERE id > $1 AND id <= $2
          AND (NOT is_encrypted AND content <> '' OR EXISTS (
              SELECT FROM message_versions WHERE message_id = message.id AND NOT is_encrypted AND content <> ''))
        ORDER BY 1
        """;

    private const string AddKeys =
        "INSERT INTO conversation_keys (conversation_id, encrypted_key) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING";

    private const string LoadKeys = "SELECT conversation_id, encrypted_key FROM conversation_keys WHERE conversation_id = ANY($1)";

    /// <summary>A message that another transaction changes is passed over.</summary>
    private const string LockMessages =
        """
        SELECT id, conversation_id, sequence, sender_id, version, content, is_encrypted FROM messages
        WHERE id > $1 AND id <= $2 AND conversation_id = ANY($3) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string LoadVersions =
        "SELECT message_id, number, content FROM message_versions WHERE message_id = ANY($1) AND NOT is_encrypted AND content <> ''";

    private const string StoreTexts =
        """
        UPDATE messages SET content = new.content, is_encrypted = true
        FROM unnest($1, $2) AS new(id, content) WHERE messages.id = new.id
        """;

    private const string StoreVersions =
        """
        UPDATE message_versions AS version SET content = new.content, is_encrypted = true
        FROM unnest($1, $2, $3) AS new(id, number, content) WHERE version.message_id = new.id AND version.number = new.number
        """;

    private const string CountPlain =
        """
        SELECT (SELECT count(*) FROM messages WHERE NOT is_encrypted AND content <> '')
             + (SELECT count(*) FROM message_versions WHERE NOT is_encrypted AND content <> '')
        """;

    public bool IsOn => encryption.IsOn;

    /// <summary>Returns the number of texts that are not encrypted. Reads all messages, which takes long in a large database.</summary>
    public async Task<long> CountPlainAsync(CancellationToken cancellationToken)
    {
        await using var count = dataSource.CreateCommand(CountPlain);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Encrypts the texts of the messages that follow an id, and their earlier texts.</summary>
    /// <returns>How many texts were encrypted, and the id to continue after; null at the end.</returns>
    public async Task<(int Encrypted, MessageId? Next)> EncryptNextAsync(
        MessageId after, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var find = new ReadStatement(FindEnd, Parameter.Of(after.Value), Parameter.Of(StepLength));
        var end = await ExecuteAsync(connection, find, cancellationToken) as Guid?;
        var range = new MessageRange(after, new MessageId(end ?? Guid.AllBitsSet));
        var keys = await LoadOrAddKeysAsync(connection, range, cancellationToken);

        // A conversation whose key cannot be decrypted is passed over.
        foreach (var conversationId in keys.Where(key => !encryption.TryKeep(key.Key, key.Value)).Select(key => key.Key).ToList())
            keys.Remove(conversationId);

        var encrypted = keys.Count == 0 ? 0 : await EncryptAsync(connection, range, keys, cancellationToken);

        return (encrypted, end is { } last ? new MessageId(last) : null);
    }

    /// <summary>The keys are committed first: no text may be stored under a key that is not.</summary>
    private async Task<Dictionary<Guid, byte[]>> LoadOrAddKeysAsync(
        NpgsqlConnection connection, MessageRange range, CancellationToken cancellationToken)
    {
        var find = new ReadStatement(FindConversations, Parameter.Of(range.After.Value), Parameter.Of(range.Last.Value));
        var conversations = (await ReadAsync(connection, find, row => row.GetGuid(0), cancellationToken)).ToArray();
        var keys = await LoadAsync();
        var missing = conversations.Where(id => !keys.ContainsKey(id)).ToArray();
        if (missing.Length == 0)
            return keys;

        var add = new ReadStatement(
            AddKeys, Parameter.Of(missing), Parameter.Of(missing.Select(encryption.CreateKey).ToArray()));
        await ExecuteAsync(connection, add, cancellationToken);

        return await LoadAsync();

        async Task<Dictionary<Guid, byte[]>> LoadAsync() => (await ReadAsync(
                connection,
                new ReadStatement(LoadKeys, Parameter.Of(conversations)),
                row => (row.GetGuid(0), row.GetFieldValue<byte[]>(1)),
                cancellationToken))
            .ToDictionary();
    }

    private async Task<int> EncryptAsync(
        NpgsqlConnection connection, MessageRange range, Dictionary<Guid, byte[]> keys, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var toLock = new ReadStatement(
            LockMessages, Parameter.Of(range.After.Value), Parameter.Of(range.Last.Value), Parameter.Of(keys.Keys.ToArray()));
        var messages = await ReadAsync(connection, toLock, ReadMessage, cancellationToken);
        var places = messages.ToDictionary(message => message.Place.MessageId.Value, message => message.Place);
        var texts = messages.Where(message => !message.IsEncrypted && message.Content.Length > 0).ToList();
        var versions = await ReadAsync(
            connection,
            new ReadStatement(LoadVersions, Parameter.Of(places.Keys.ToArray())),
            row => (Place: places[row.GetGuid(0)] with { Version = row.GetInt32(1) }, Content: row.GetString(2)),
            cancellationToken);

        await ExecuteAsync(
            connection,
            new ReadStatement(
                StoreTexts,
                Parameter.Of(texts.Select(text => text.Place.MessageId.Value).ToArray()),
                Parameter.Of(texts.Select(text => Encrypt(text.Place, text.Content)).ToArray())),
            cancellationToken);
        await ExecuteAsync(
            connection,
            new ReadStatement(
                StoreVersions,
                Parameter.Of(versions.Select(version => version.Place.MessageId.Value).ToArray()),
                Parameter.Of(versions.Select(version => version.Place.Version).ToArray()),
                Parameter.Of(versions.Select(version => Encrypt(version.Place, version.Content)).ToArray())),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        return texts.Count + versions.Count;

        string Encrypt(TextPlace place, string content) => encryption.Encrypt(place, keys[place.ConversationId], content);
    }

    private static (TextPlace Place, string Content, bool IsEncrypted) ReadMessage(NpgsqlDataReader row) => (
        new TextPlace(
            new ConversationId(row.GetGuid(1)),
            new MessageId(row.GetGuid(0)),
            row.GetInt64(2),
            new UserId(row.GetGuid(3)),
            row.GetInt32(4)),
        row.GetString(5),
        row.GetBoolean(6));

    private static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, ReadStatement statement, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        await using var command = statement.CreateCommand(connection);

        return await command.ReadAllAsync(map, cancellationToken);
    }

    private static async Task<object?> ExecuteAsync(
        NpgsqlConnection connection, ReadStatement statement, CancellationToken cancellationToken)
    {
        await using var command = statement.CreateCommand(connection);

        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <param name="After">The message before the first one.</param>
    private readonly record struct MessageRange(MessageId After, MessageId Last);
}
