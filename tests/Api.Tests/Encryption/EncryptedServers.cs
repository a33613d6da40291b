using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Settings of servers that encrypt messages, and what is stored in their databases.</summary>
internal static class EncryptedServers
{
    /// <summary>Returns settings that encrypt messages under the first of these keys.</summary>
    public static Dictionary<string, string?> Settings(params string[] keyIds) =>
        new(TestKeys.Settings(keyIds)) { ["Encryption:Messages"] = "true" };

    /// <summary>Returns settings with keys that do not encrypt messages.</summary>
    public static Dictionary<string, string?> PlainSettings(params string[] keyIds) =>
        new(TestKeys.Settings(keyIds)) { ["Encryption:Messages"] = "false" };

    /// <summary>Returns the number of stored texts, earlier ones included, that are not encrypted.</summary>
    public static Task<long> CountPlainAsync(this ApiServer server) => server.QueryAsync<long>(
        """
        SELECT (SELECT count(*) FROM messages WHERE NOT is_encrypted AND content <> '')
             + (SELECT count(*) FROM message_versions WHERE NOT is_encrypted AND content <> '')
        """);

    /// <summary>Returns the number of rows of all tables that contain a text.</summary>
    public static async Task<long> CountRowsWithAsync(this ApiServer server, string text)
    {
        var tables = (await server.QueryAsync<string>("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'")).Split(' ');

        return await server.QueryAsync<long>(
            $"SELECT {string.Join(" + ", tables.Select(table => $"(SELECT count(*) FROM \"{table}\" AS t WHERE t::text LIKE '%{text}%')"))}");
    }
}
