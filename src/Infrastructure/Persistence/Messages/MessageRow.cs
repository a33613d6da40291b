using CleanMessaging.Application.Messages;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>Reads a message from the columns in which the functions of <c>visibility.sql</c> return it.</summary>
internal static class MessageRow
{
    /// <summary>The columns, in the order in which <see cref="Read"/> expects them.</summary>
    private static readonly string[] _columns =
    [
        "id", "sequence", "revision", "sender_id", "content", "created_at", "updated_at", "expires_at", "client_message_id", "read_at",
    ];

    public static int ColumnCount => _columns.Length;

    /// <summary>Returns the columns of a select list.</summary>
    /// <param name="prefix">The text before the name of each column.</param>
    public static string SelectList(string prefix = "") => string.Join(", ", _columns.Select(column => prefix + column));

    /// <param name="first">The position of the column with the id.</param>
    public static MessageResponse Read(NpgsqlDataReader row, int first, Guid conversationId)
    {
        var readAt = TimeAt(row, first + 9);

        return new MessageResponse(
            Id: row.GetGuid(first),
            ConversationId: conversationId,
            Sequence: row.GetInt64(first + 1),
            Revision: row.GetInt64(first + 2),
            SenderId: row.GetGuid(first + 3),
            Content: row.GetString(first + 4),
            CreatedAt: row.GetDateTime(first + 5),
            UpdatedAt: row.GetDateTime(first + 6),
            ExpiresAt: TimeAt(row, first + 7),
            IsRead: readAt is not null,
            ReadAt: readAt,
            ClientMessageId: row.IsDBNull(first + 8) ? null : row.GetGuid(first + 8));
    }

    private static DateTimeOffset? TimeAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDateTime(column);
}
