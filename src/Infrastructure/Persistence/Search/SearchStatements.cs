using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>The statements of a search, and their rows.</summary>
internal static class SearchStatements
{
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    private static readonly SelectList _columns = new();
    private static readonly int _conversationId = _columns.Add("conversation_id");
    private static readonly int _sequence = _columns.Add("sequence");
    private static readonly int _createdAt = _columns.Add("created_at");
    private static readonly int _id = _columns.Add("id");
    private static readonly int _content = _columns.Add("content");
    private static readonly int _isEncrypted = _columns.Add("is_encrypted");
    private static readonly int _senderId = _columns.Add("sender_id");
    private static readonly int _version = _columns.Add("version");

    private static readonly string _messages = $"SELECT {_columns} FROM texts_to_search($1, $2, $3, $4, $5, $6, $7)";

    /// <summary>
    /// Returns the statement that reads the conversations to search: all of the viewer, or the one to search in, each with the newest
    /// message that can be found.
    /// </summary>
    public static ReadStatement Conversations(SearchCriteria criteria)
    {
        var before = criteria.Before is { UtcTicks: > 0 } time ? time - _tick : criteria.Before;
        var below = criteria.Below is { } position && !(position.CreatedAt > before) ? criteria.Below : null;

        return new(
            "SELECT conversation_id, sequence, created_at FROM conversations_to_search($1, $2, $3, $4, $5)",
            Parameter.Of(criteria.ViewerId.Value),
            Parameter.OfNullable((Guid?)criteria.ConversationId),
            Parameter.OfNullable((below?.CreatedAt ?? before)?.ToStored().UtcDateTime),
            Parameter.OfNullable(below?.ConversationId),
            Parameter.OfNullable(below?.Sequence));
    }

    /// <summary>Reads a conversation; null if it has no message that can be found.</summary>
    public static SearchProgress? ReadConversation(NpgsqlDataReader row) =>
        row.IsDBNull(1) ? null : new SearchProgress(row.GetGuid(0), row.GetInt64(1), row.GetDateTime(2));

    /// <summary>Returns the statement that reads the next messages of conversations.</summary>
    /// <param name="now">Only messages that are visible at this instant have a text.</param>
    public static ReadStatement Messages(SearchCriteria criteria, DateTimeOffset now, IReadOnlyList<SearchRead> reads) => new(
        _messages,
        Parameter.Of(criteria.ViewerId.Value),
        Parameter.Of(now),
        Parameter.Of(reads.Select(read => read.Conversation.ConversationId).ToArray()),
        Parameter.Of(reads.Select(read => read.Conversation.Sequence).ToArray()),
        Parameter.Of(reads.Select(read => read.Messages).ToArray()),
        Parameter.OfNullable((Guid?)criteria.SenderId),
        Parameter.OfNullable(criteria.HasAttachment));

    public static SearchedRow ReadMessage(NpgsqlDataReader row, MessageTexts texts)
    {
        var place = new TextPlace(
            new ConversationId(row.GetGuid(_conversationId)),
            new MessageId(row.GetGuid(_id)),
            row.GetInt64(_sequence),
            new UserId(row.GetGuid(_senderId)),
            row.GetInt32(_version));

        return new SearchedRow(
            new SearchPosition(row.GetDateTime(_createdAt), place.ConversationId, place.Sequence),
            place.MessageId,
            row.IsDBNull(_content) ? null : texts.Read(place, row.GetString(_content), row.GetBoolean(_isEncrypted)));
    }
}

/// <summary>A message that was read.</summary>
/// <param name="Content">
/// Null if the viewer does not see the message, if its sender or attachments are not those searched for, or if it cannot be decrypted.
/// </param>
internal sealed record SearchedRow(SearchPosition Position, MessageId Id, string? Content);
