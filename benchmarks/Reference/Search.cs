using System.Security.Claims;
using Npgsql;

namespace CleanMessaging.Benchmarks.Reference;

/// <summary>Searches with one statement that reads all messages of the caller: ILIKE finds the text, without folding, highlights or a bound.</summary>
internal static class Search
{
    private const string Find =
        """
        SELECT m.id, m.sequence, m.revision, m.sender_id, m.content, m.created_at, m.updated_at, m.expires_at, m.client_message_id,
               (SELECT r.read_at FROM read_marks r
                WHERE r.conversation_id = m.conversation_id AND r.up_to_sequence >= m.sequence AND r.user_id <> m.sender_id
                ORDER BY r.up_to_sequence LIMIT 1), m.conversation_id
        FROM (
            SELECT m.* FROM participants p JOIN messages m ON m.conversation_id = p.conversation_id
            WHERE p.user_id = $1 AND (m.expires_at IS NULL OR m.expires_at > $2) AND m.content ILIKE '%' || $3 || '%'
            ORDER BY m.created_at DESC LIMIT 21) m
        """;

    public static async Task<IResult> FindAsync(SearchRequest request, ClaimsPrincipal caller, NpgsqlDataSource database)
    {
        var user = Guid.Parse(caller.FindFirst("sub")!.Value);
        await using var command = database.CreateCommand(Find);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = request.Query });
        await using var reader = await command.ExecuteReaderAsync();
        var messages = new List<ReadMessage>();
        while (await reader.ReadAsync())
            messages.Add(Reads.MessageAt(reader, 0, reader.GetGuid(10)));

        var hasMore = messages.Count > 20;
        if (hasMore)
            messages.RemoveAt(20);

        return Results.Json(new MessagePage(true, messages, new PageInfo(hasMore)), ReadJson.Default.MessagePage);
    }
}

internal sealed record SearchRequest(string Query);
