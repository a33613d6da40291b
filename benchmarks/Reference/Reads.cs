using System.Security.Claims;
using System.Text.Json.Serialization;
using Npgsql;

namespace CleanMessaging.Benchmarks.Reference;

/// <summary>
/// Reads of the reference: one prepared statement each, which checks that the caller participates and applies expiry and read receipts as
/// the product does.
/// </summary>
internal static class Reads
{
    private const string Page =
        """
        SELECT m.id, m.sequence, m.revision, m.sender_id, m.content, m.created_at, m.updated_at, m.expires_at, m.client_message_id,
               (SELECT r.read_at FROM read_marks r
                WHERE r.conversation_id = m.conversation_id AND r.up_to_sequence >= m.sequence AND r.user_id <> m.sender_id
                ORDER BY r.up_to_sequence LIMIT 1)
        FROM participants p
        LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE conversation_id = $1 AND (expires_at IS NULL OR expires_at > $3) ORDER BY sequence DESC LIMIT 51) m ON true
        WHERE p.conversation_id = $1 AND p.user_id = $2
        """;

    private const string List =
        """
        SELECT c.id, c.last_sequence, c.revision, c.created_at,
               l.user_id, lu.display_name, lu.role, l.last_read_sequence, lu.deactivated_at IS NOT NULL,
               h.user_id, hu.display_name, hu.role, h.last_read_sequence, hu.deactivated_at IS NOT NULL,
               (SELECT count(*)::int FROM messages m
                WHERE m.conversation_id = c.id AND m.sender_id <> $1 AND m.sequence > c.read AND (m.expires_at IS NULL OR m.expires_at > $2)),
               n.id, n.sequence, n.revision, n.sender_id, n.content, n.created_at, n.updated_at, n.expires_at, n.client_message_id,
               (SELECT r.read_at FROM read_marks r
                WHERE r.conversation_id = c.id AND r.up_to_sequence >= n.sequence AND r.user_id <> n.sender_id ORDER BY r.up_to_sequence LIMIT 1)
        FROM (
            SELECT c.*, p.last_read_sequence AS read FROM participants p JOIN conversations c ON c.id = p.conversation_id
            WHERE p.user_id = $1 ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 51) c
        JOIN participants l ON l.conversation_id = c.id AND l.user_id = c.pair_low
        JOIN participants h ON h.conversation_id = c.id AND h.user_id = c.pair_high
        JOIN users lu ON lu.id = c.pair_low
        JOIN users hu ON hu.id = c.pair_high
        LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE conversation_id = c.id AND (expires_at IS NULL OR expires_at > $2) ORDER BY sequence DESC LIMIT 1) n ON true
        ORDER BY c.last_activity_at DESC, c.id DESC
        """;

    public static async Task<IResult> PageAsync(Guid conversationId, ClaimsPrincipal caller, NpgsqlDataSource database)
    {
        var user = Guid.Parse(caller.FindFirst("sub")!.Value);
        await using var command = database.CreateCommand(Page);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = conversationId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync();
        var messages = new List<ReadMessage>();
        var isParticipant = false;
        while (await reader.ReadAsync())
        {
            isParticipant = true;
            if (!reader.IsDBNull(0))
                messages.Add(MessageAt(reader, 0, conversationId));
        }

        if (!isParticipant)
            return Results.NotFound();

        var hasMore = messages.Count > 50;
        if (hasMore)
            messages.RemoveAt(50);
        messages.Reverse();

        return Results.Json(new MessagePage(true, messages, new PageInfo(hasMore)), ReadJson.Default.MessagePage);
    }

    public static async Task<IResult> ListAsync(ClaimsPrincipal caller, NpgsqlDataSource database)
    {
        var user = Guid.Parse(caller.FindFirst("sub")!.Value);
        await using var command = database.CreateCommand(List);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync();
        var conversations = new List<ReadConversation>();
        while (await reader.ReadAsync())
        {
            var id = reader.GetGuid(0);
            conversations.Add(new ReadConversation(
                id,
                [ParticipantAt(reader, 4), ParticipantAt(reader, 9)],
                reader.IsDBNull(15) ? null : MessageAt(reader, 15, id),
                reader.GetInt32(14),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetDateTime(3)));
        }

        var hasMore = conversations.Count > 50;
        if (hasMore)
            conversations.RemoveAt(50);

        return Results.Json(new ConversationPage(true, conversations, new PageInfo(hasMore)), ReadJson.Default.ConversationPage);
    }

    internal static ReadMessage MessageAt(NpgsqlDataReader reader, int first, Guid conversationId) => new(
        reader.GetGuid(first),
        conversationId,
        reader.GetInt64(first + 1),
        reader.GetInt64(first + 2),
        reader.GetGuid(first + 3),
        reader.GetString(first + 4),
        reader.GetDateTime(first + 5),
        reader.GetDateTime(first + 6),
        reader.IsDBNull(first + 7) ? null : reader.GetDateTime(first + 7),
        !reader.IsDBNull(first + 9),
        reader.IsDBNull(first + 9) ? null : reader.GetDateTime(first + 9),
        reader.IsDBNull(first + 8) ? null : reader.GetGuid(first + 8));

    private static ReadParticipant ParticipantAt(NpgsqlDataReader reader, int first) => new(
        reader.GetGuid(first),
        reader.GetString(first + 1),
        reader.GetString(first + 2),
        reader.GetInt64(first + 3),
        reader.GetBoolean(first + 4));
}

internal sealed record ReadMessage(
    Guid Id,
    Guid ConversationId,
    long Sequence,
    long Revision,
    Guid SenderId,
    string Content,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    DateTime? ExpiresAt,
    bool IsRead,
    DateTime? ReadAt,
    Guid? ClientMessageId);

internal sealed record ReadParticipant(Guid UserId, string DisplayName, string Role, long LastReadSequence, bool IsDeactivated);

internal sealed record ReadConversation(
    Guid Id,
    IReadOnlyList<ReadParticipant> Participants,
    ReadMessage? LastMessage,
    int UnreadCount,
    long LastSequence,
    long Revision,
    DateTime CreatedAt);

internal sealed record PageInfo(bool HasMore);

internal sealed record MessagePage(bool Success, IReadOnlyList<ReadMessage> Data, PageInfo Page);

internal sealed record ConversationPage(bool Success, IReadOnlyList<ReadConversation> Data, PageInfo Page);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(ConversationPage))]
internal sealed partial class ReadJson : JsonSerializerContext;
