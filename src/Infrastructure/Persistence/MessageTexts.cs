using CleanMessaging.Infrastructure.Encryption;
using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Decrypts the texts in the rows of one read with the keys in memory. If one is missing there, or is no longer the stored one, the read
/// loads the keys and runs again (<see cref="CommandRows"/>), which happens once per conversation and server. So a read costs nothing more
/// than the decryption.
/// </summary>
internal sealed class MessageTexts(MessageEncryption encryption)
{
    private readonly HashSet<Guid> _missing = [];
    private bool _areKeysLoaded;

    /// <summary>Whether a text could not be decrypted, and the stored keys have not been loaded.</summary>
    public bool AreKeysMissing => _missing.Count > 0 && !_areKeysLoaded;

    /// <summary>Returns the text of a message; null if it cannot be decrypted.</summary>
    /// <param name="stored">The text as it is stored.</param>
    public string? Read(in MessageText place, string stored, bool isEncrypted)
    {
        // An erased text is empty.
        if (!isEncrypted || stored.Length == 0)
            return stored;

        if (encryption.TryDecrypt(place, stored, out var text))
            return text;

        if (_areKeysLoaded)
            encryption.ReportUnreadable(place);
        else
            _missing.Add(place.ConversationId);

        return null;
    }

    /// <summary>Loads the missing keys over the connection of a command, in its transaction if it has one.</summary>
    public async Task LoadKeysAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var load = new NpgsqlCommand(
            "SELECT conversation_id, encrypted_key FROM conversation_keys WHERE conversation_id = ANY($1)",
            command.Connection,
            command.Transaction);
        load.CommandTimeout = command.CommandTimeout;
        load.Parameters.Add(new NpgsqlParameter<Guid[]>
        {
            TypedValue = [.. _missing],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid,
        });
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            encryption.TryKeep(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1));

        _areKeysLoaded = true;
    }
}
