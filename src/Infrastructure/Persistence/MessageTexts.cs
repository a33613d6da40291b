using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Decrypts the texts in the rows of one read. It uses the keys in memory. If one is missing there, or does not fit, the read loads it and
/// runs again (<see cref="CommandRows"/>), usually once for each conversation and server. So a read costs nothing more than the decryption.
/// </summary>
internal sealed class MessageTexts(MessageEncryption encryption)
{
    /// <summary>How often a read runs again. Each time, texts of further conversations can have become encrypted.</summary>
    private const int LoadsMax = 3;

    private readonly HashSet<Guid> _missing = [];

    /// <summary>The stored keys that this read has loaded; null for conversations without one.</summary>
    private readonly Dictionary<Guid, byte[]?> _loaded = [];

    private int _loads;

    /// <summary>Whether a text could not be decrypted whose key has not been loaded.</summary>
    public bool AreKeysMissing => _missing.Count > 0 && _loads < LoadsMax;

    /// <summary>Returns the text of a message; null if it cannot be decrypted.</summary>
    /// <param name="stored">The text as it is stored.</param>
    public string? Read(in TextPlace place, string stored, bool isEncrypted)
    {
        // An erased text is empty.
        if (!isEncrypted || stored.Length == 0)
            return stored;

        if (_loaded.TryGetValue(place.ConversationId, out var key))
            return encryption.Decrypt(place, key, stored);

        if (encryption.TryDecrypt(place, stored, out var text))
            return text;

        _missing.Add(place.ConversationId);
        if (_loads == LoadsMax)
            encryption.ReportUnreadable(place);

        return null;
    }

    /// <summary>Loads the missing keys over the connection of a command.</summary>
    public async Task LoadKeysAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        _loads++;
        await using var load = new NpgsqlCommand(
            "SELECT conversation_id, encrypted_key FROM conversation_keys WHERE conversation_id = ANY($1)",
            command.Connection,
            command.Transaction);
        load.CommandTimeout = command.CommandTimeout;
        load.Parameters.Add(Parameter.Of(_missing.ToArray()));
        foreach (var conversationId in _missing)
            _loaded[conversationId] = null;
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            _loaded[reader.GetGuid(0)] = reader.GetFieldValue<byte[]>(1);

        _missing.Clear();
    }
}
