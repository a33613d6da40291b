using CleanMessaging.Infrastructure.Encryption;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// Checks at startup that the ring has every key that keys of conversations are encrypted under. Without one of them, messages would have
/// no text.
/// </summary>
public static class MessageKeyCheck
{
    /// <summary>Reads one row of the index for each key.</summary>
    private const string FindKeyIds =
        """
        WITH RECURSIVE used AS (
            (SELECT substring(encrypted_key FROM 61) AS id FROM conversation_keys ORDER BY 1 LIMIT 1)
            UNION ALL
            SELECT (SELECT substring(encrypted_key FROM 61) FROM conversation_keys
                    WHERE substring(encrypted_key FROM 61) > used.id ORDER BY 1 LIMIT 1)
            FROM used WHERE used.id IS NOT NULL)
        SELECT convert_from(id, 'SQL_ASCII') FROM used WHERE id IS NOT NULL
        """;

    /// <exception cref="MissingKeysException">The ring does not have a key that is in use.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task RunAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var known = services.GetRequiredService<KeyRing>().KeyIds.ToHashSet(StringComparer.Ordinal);
        await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand(FindKeyIds);
        var missing = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!known.Contains(reader.GetString(0)))
                missing.Add(reader.GetString(0));
        }

        if (missing.Count > 0)
            throw new MissingKeysException(missing);
    }
}

/// <summary>The ring does not have keys that are in use; the message says which.</summary>
public sealed class MissingKeysException(IEnumerable<string> ids) : Exception(
    $"Encryption:Keys does not have the keys '{string.Join("', '", ids)}', which messages of the database are encrypted under. "
    + "Add them again.");
