using CleanMessaging.Infrastructure.Encryption;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// Checks at startup that the ring has every key that keys of conversations are encrypted under, with its value. Without one of them,
/// messages would have no text.
/// </summary>
public static class MessageKeyCheck
{
    /// <summary>Reads one row of the index for each key of the ring: one conversation with a key that is encrypted under it.</summary>
    private static readonly string _findKeys =
        $"""
        WITH RECURSIVE used AS (
            (SELECT {KeyEncryption.KeyIdInSql} AS id, key FROM conversation_keys AS key ORDER BY 1 LIMIT 1)
            UNION ALL
            SELECT next.id, next.key FROM used CROSS JOIN LATERAL (
                SELECT {KeyEncryption.KeyIdInSql} AS id, key FROM conversation_keys AS key
                WHERE {KeyEncryption.KeyIdInSql} > used.id ORDER BY 1 LIMIT 1) AS next)
        SELECT encode(id, 'escape'), (key).conversation_id, (key).encrypted_key FROM used
        """;

    /// <exception cref="MissingKeysException">The ring does not have a key that is in use, or has another value for it.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task RunAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var known = services.GetRequiredService<KeyRing>().KeyIds.ToHashSet(StringComparer.Ordinal);
        var encryption = services.GetRequiredService<MessageEncryption>();
        await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand(_findKeys);
        var (missing, wrong) = (new List<string>(), new List<string>());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetString(0);
            if (!known.Contains(id))
                missing.Add(id);
            else if (!encryption.TryKeep(reader.GetGuid(1), reader.GetFieldValue<byte[]>(2)))
                wrong.Add(id);
        }

        if (missing.Count > 0)
        {
            throw new MissingKeysException(
                $"Encryption:Keys does not have the keys '{string.Join("', '", missing)}', which messages of the database are encrypted "
                + "under. Add them again.");
        }

        if (wrong.Count > 0)
        {
            throw new MissingKeysException(
                $"Encryption:Keys has other values for the keys '{string.Join("', '", wrong)}' than those that messages of the database "
                + "are encrypted under. Set the right ones, or give the new ones other ids.");
        }
    }
}

/// <summary>The ring does not have keys that are in use; the message says which.</summary>
public sealed class MissingKeysException(string message) : Exception(message);
