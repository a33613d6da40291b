using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>The statements of a search, and their rows.</summary>
internal static class SearchStatements
{
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

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
        "SELECT conversation_id, sequence, created_at, id, content FROM messages_to_search($1, $2, $3, $4, $5, $6, $7)",
        Parameter.Of(criteria.ViewerId.Value),
        Parameter.Of(now),
        Parameter.Of(reads.Select(read => read.Conversation.ConversationId).ToArray()),
        Parameter.Of(reads.Select(read => read.Conversation.Sequence).ToArray()),
        Parameter.Of(reads.Select(read => read.Messages).ToArray()),
        Parameter.OfNullable((Guid?)criteria.SenderId),
        Parameter.OfNullable(criteria.HasAttachment));

    public static SearchedRow ReadMessage(NpgsqlDataReader row) => new(
        new SearchPosition(row.GetDateTime(2), row.GetGuid(0), row.GetInt64(1)),
        new MessageId(row.GetGuid(3)),
        row.IsDBNull(4) ? null : row.GetString(4));
}

/// <summary>A message that was read.</summary>
/// <param name="Content">Null if the viewer does not see the message, or its sender or attachments are not those searched for.</param>
internal sealed record SearchedRow(SearchPosition Position, MessageId Id, string? Content);
