using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// Reads a message for a command: all columns, and the key of its conversation if its text is encrypted, so that the text of the row and
/// the key are of the same moment.
/// </summary>
internal static class StoredMessage
{
    private static readonly int _isEncrypted = MessageConfiguration.Columns.All.Count;
    private static readonly int _encryptedKey = _isEncrypted + 1;
    private static readonly Action<Message, string> _setContent =
        typeof(Message).GetProperty(nameof(Message.Content))!.SetMethod!.CreateDelegate<Action<Message, string>>();

    /// <summary>The number of columns that <see cref="Read"/> reads.</summary>
    public static int ColumnCount { get; } = _encryptedKey + 1;

    /// <summary>Returns the columns that <see cref="Read"/> reads, as a SQL list.</summary>
    /// <param name="alias">The alias of the table of messages, or of rows with all of its columns.</param>
    public static string SelectListOf(string alias) =>
        $"""
        {MessageConfiguration.Columns.NamesOf(alias)}, {alias}.is_encrypted, CASE WHEN {alias}.is_encrypted THEN
            (SELECT key.encrypted_key FROM conversation_keys AS key WHERE key.conversation_id = {alias}.conversation_id LIMIT 1) END
        """;

    /// <summary>Returns null for the message if there is none (an outer join).</summary>
    /// <param name="first">The ordinal of the first of the columns.</param>
    /// <returns>The message, and whether its text could be decrypted. If not, the message has the stored form in its place.</returns>
    public static (Message? Message, bool IsReadable) Read(NpgsqlDataReader row, int first, MessageEncryption encryption)
    {
        if (MessageConfiguration.Columns.Read(row, first) is not { } message)
            return (null, true);

        if (!row.GetBoolean(first + _isEncrypted) || message.Content.Length == 0)
            return (message, true);

        var encryptedKey = row.IsDBNull(first + _encryptedKey) ? null : row.GetFieldValue<byte[]>(first + _encryptedKey);
        var text = encryption.Decrypt(TextPlace.Of(message), encryptedKey, message.Content);
        if (text is null)
            return (message, false);

        SetContent(message, text);

        return (message, true);
    }

    /// <summary>Sets the text without the rules of an edit: to its stored form, or back.</summary>
    public static void SetContent(Message message, string content) => _setContent(message, content);
}
