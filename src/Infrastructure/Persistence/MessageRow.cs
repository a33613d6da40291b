using System.Linq.Expressions;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Persistence.Messages;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Reads a message, or its tombstone, from the columns <c>message</c> and <c>read_at</c> in which the functions of <c>visibility.sql</c>
/// return it.
/// </summary>
internal static class MessageRow
{
    /// <summary>The columns that <see cref="Read"/> and <see cref="ReadTombstone"/> read, in the order of the fields below.</summary>
    public static readonly SelectList Columns = new();

    private static readonly int _id = Add(message => message.Id);
    private static readonly int _sequence = Add(message => message.Sequence);
    private static readonly int _revision = Add(message => message.Revision);
    private static readonly int _senderId = Add(message => message.SenderId);
    private static readonly int _content = Add(message => message.Content);
    private static readonly int _createdAt = Add(message => message.CreatedAt);
    private static readonly int _updatedAt = Add(message => message.UpdatedAt);
    private static readonly int _expiresAt = Add(message => message.ExpiresAt);
    private static readonly int _clientMessageId = Add(message => message.ClientMessageId);
    private static readonly int _editedAt = Add(message => message.EditedAt);
    private static readonly int _version = Add(message => message.Version);
    private static readonly int _reactions = Add(message => message.Reactions);
    private static readonly int _deletedAt = Add(message => message.DeletedAt);
    private static readonly int _deletedBy = Add(message => message.DeletedBy);
    private static readonly int _replyToSequence = Add(message => message.ReplyToSequence);
    private static readonly int _attachments = Add(message => message.Attachments);
    private static readonly int _playedAt = Add(message => message.PlayedAt);
    private static readonly int _isEncrypted = Columns.Add("(message).is_encrypted");
    private static readonly int _readAt = Columns.Add("read_at");

    private static readonly SelectList _viewedColumns = new();
    private static readonly int _message = _viewedColumns.Add(Columns);
    private static readonly int _conversationId =
        _viewedColumns.Add("(message)", MessageConfiguration.Columns, message => message.ConversationId);

    private static readonly int _viewers = _viewedColumns.Count;

    private static readonly string _byId = $"SELECT {_viewedColumns} FROM messages_by_id($1, $2, $3)";
    private static readonly string _withViewers = $"SELECT {_viewedColumns}, viewers FROM messages_with_viewers($1, $2)";

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

    public static MessageResponse ReadById(NpgsqlDataReader row, MessageTexts texts) =>
        Read(row, _message, row.GetGuid(_conversationId), texts);

    public static Guid[] ReadViewers(NpgsqlDataReader row) => row.GetFieldValue<Guid[]>(_viewers);

    /// <summary>Returns whether the row has no message, as an empty page or a conversation without a visible message.</summary>
    /// <param name="first">The ordinal of the first of <see cref="Columns"/>.</param>
    public static bool IsEmpty(NpgsqlDataReader row, int first) => row.IsDBNull(first + _id);

    /// <param name="first">The ordinal of the first of <see cref="Columns"/>.</param>
    public static long ReadSequence(NpgsqlDataReader row, int first) => row.GetInt64(first + _sequence);

    /// <summary>Returns whether the row is the tombstone of a deleted message.</summary>
    /// <param name="first">The ordinal of the first of <see cref="Columns"/>.</param>
    public static bool IsTombstone(NpgsqlDataReader row, int first) => !row.IsDBNull(first + _deletedAt);

    /// <param name="first">The ordinal of the first of <see cref="Columns"/>.</param>
    public static Tombstone ReadTombstone(NpgsqlDataReader row, int first) => new(
        MessageId: row.GetGuid(first + _id),
        Sequence: row.GetInt64(first + _sequence),
        Revision: row.GetInt64(first + _revision),
        DeletedAt: row.GetDateTime(first + _deletedAt),
        By: Tombstone.NameOf((MessageDeleter)row.GetInt16(first + _deletedBy)),
        ExpiresAt: TimeAt(row, first + _expiresAt));

    /// <param name="first">The ordinal of the first of <see cref="Columns"/>.</param>
    /// <returns>The message, whose content is null if it cannot be decrypted.</returns>
    public static MessageResponse Read(NpgsqlDataReader row, int first, Guid conversationId, MessageTexts texts)
    {
        var place = PlaceOf(row, first, conversationId);
        var readAt = TimeAt(row, first + _readAt);

        return new MessageResponse(
            Id: place.MessageId,
            ConversationId: conversationId,
            Sequence: place.Sequence,
            Revision: row.GetInt64(first + _revision),
            SenderId: place.SenderId,
            Content: texts.Read(place, row.GetString(first + _content), row.GetBoolean(first + _isEncrypted)),
            CreatedAt: row.GetDateTime(first + _createdAt),
            UpdatedAt: row.GetDateTime(first + _updatedAt),
            ExpiresAt: TimeAt(row, first + _expiresAt),
            IsRead: readAt is not null,
            ReadAt: readAt,
            ClientMessageId: row.IsDBNull(first + _clientMessageId) ? null : row.GetGuid(first + _clientMessageId),
            EditedAt: TimeAt(row, first + _editedAt),
            Version: place.Version,
            Reactions: row.IsDBNull(first + _reactions) ? [] : ReactionResponse.Of(ReactionsJson.Read(row.GetString(first + _reactions))),
            ReplyToSequence: row.IsDBNull(first + _replyToSequence) ? null : row.GetInt64(first + _replyToSequence),
            Attachments: row.IsDBNull(first + _attachments)
                ? AttachmentResponse.None
                : AttachmentResponse.Of(AttachmentsJson.Read(row.GetString(first + _attachments))?.All),
            PlayedAt: TimeAt(row, first + _playedAt));
    }

    private static TextPlace PlaceOf(NpgsqlDataReader row, int first, Guid conversationId) => new(
        new ConversationId(conversationId),
        new MessageId(row.GetGuid(first + _id)),
        row.GetInt64(first + _sequence),
        new UserId(row.GetGuid(first + _senderId)),
        row.GetInt32(first + _version));

    private static int Add<TValue>(Expression<Func<Message, TValue>> property) =>
        Columns.Add("(message)", MessageConfiguration.Columns, property);

    private static DateTimeOffset? TimeAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDateTime(column);
}
