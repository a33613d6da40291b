using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Reads a message, or its tombstone, from the columns <c>message</c> and <c>read_at</c> in which the functions of <c>visibility.sql</c>
/// return it.
/// </summary>
internal static class MessageRow
{
    /// <summary>The columns of the message, in the order in which <see cref="Read"/> expects them.</summary>
    private static readonly string[] _columns =
    [
        "id", "sequence", "revision", "sender_id", "content", "created_at", "updated_at", "expires_at", "client_message_id", "edited_at",
        "version", "reactions", "deleted_at", "deleted_by", "reply_to_sequence",
    ];

    /// <summary>The columns of a select list.</summary>
    public static readonly string SelectList = string.Join(", ", _columns.Select(column => $"(message).{column}").Append("read_at"));

    private static readonly string _byId = $"SELECT {SelectList}, (message).conversation_id FROM messages_by_id($1, $2, $3)";

    private static readonly string _withViewers =
        $"SELECT {SelectList}, (message).conversation_id, viewers FROM messages_with_viewers($1, $2)";

    private static readonly int _deletedAt = Array.IndexOf(_columns, "deleted_at");
    private static readonly int _deletedBy = Array.IndexOf(_columns, "deleted_by");
    private static readonly int _replyToSequence = Array.IndexOf(_columns, "reply_to_sequence");
    private static readonly int _readAt = _columns.Length;

    public static int ColumnCount => _columns.Length + 1;

    /// <summary>
    /// Returns the statement that reads those of these messages that a viewer sees. <see cref="ReadById"/> reads its rows.
    /// </summary>
    public static ReadStatement ById(UserId viewerId, IReadOnlyList<MessageId> ids, DateTimeOffset now) => new(
        _byId,
        Parameter.Of(viewerId.Value),
        Parameter.Of(ids.Select(id => id.Value).ToArray()),
        Parameter.Of(now));

    /// <summary>
    /// Returns the statement that reads those of these messages that are visible, each with the participants who see it.
    /// <see cref="ReadById"/> and <see cref="ReadViewers"/> read its rows.
    /// </summary>
    public static ReadStatement WithViewers(IReadOnlyList<MessageId> ids, DateTimeOffset now) => new(
        _withViewers, Parameter.Of(ids.Select(id => id.Value).ToArray()), Parameter.Of(now));

    public static MessageResponse ReadById(NpgsqlDataReader row) => Read(row, 0, row.GetGuid(ColumnCount));

    public static Guid[] ReadViewers(NpgsqlDataReader row) => row.GetFieldValue<Guid[]>(ColumnCount + 1);

    /// <summary>Returns whether the row is the tombstone of a deleted message.</summary>
    /// <param name="first">The position of the column with the id.</param>
    public static bool IsTombstone(NpgsqlDataReader row, int first) => !row.IsDBNull(first + _deletedAt);

    /// <param name="first">The position of the column with the id.</param>
    public static Tombstone ReadTombstone(NpgsqlDataReader row, int first) => new(
        MessageId: row.GetGuid(first),
        Sequence: row.GetInt64(first + 1),
        Revision: row.GetInt64(first + 2),
        DeletedAt: row.GetDateTime(first + _deletedAt),
        By: Tombstone.NameOf((MessageDeleter)row.GetInt16(first + _deletedBy)),
        ExpiresAt: TimeAt(row, first + 7));

    /// <param name="first">The position of the column with the id.</param>
    public static MessageResponse Read(NpgsqlDataReader row, int first, Guid conversationId)
    {
        var readAt = TimeAt(row, first + _readAt);

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
            ClientMessageId: row.IsDBNull(first + 8) ? null : row.GetGuid(first + 8),
            EditedAt: TimeAt(row, first + 9),
            Version: row.GetInt32(first + 10),
            Reactions: row.IsDBNull(first + 11) ? [] : ReactionResponse.Of(ReactionsJson.Read(row.GetString(first + 11))),
            ReplyToSequence: row.IsDBNull(first + _replyToSequence) ? null : row.GetInt64(first + _replyToSequence));
    }

    private static DateTimeOffset? TimeAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDateTime(column);
}
