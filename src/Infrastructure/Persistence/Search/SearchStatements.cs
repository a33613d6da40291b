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
    /// Returns the statement that reads the places to search: the conversations of the viewer, or the one to search in, each with the
    /// newest message that can be found.
    /// </summary>
    public static ReadStatement Places(SearchCriteria criteria)
    {
        var before = criteria.Before is { UtcTicks: > 0 } time ? time - _tick : criteria.Before;
        var below = criteria.Below is { } position && !(position.CreatedAt > before) ? criteria.Below : null;

        return new(
            "SELECT conversation_id, sequence, created_at FROM search_places($1, $2, $3, $4, $5)",
            Parameter.Of(criteria.ViewerId.Value),
            Parameter.OfNullable((Guid?)criteria.ConversationId),
            Parameter.OfNullable((below?.CreatedAt ?? before)?.ToStored().UtcDateTime),
            Parameter.OfNullable(below?.ConversationId),
            Parameter.OfNullable(below?.Sequence));
    }

    /// <summary>Reads a place; null for a conversation without a message that can be found.</summary>
    public static SearchPlace? ReadPlace(NpgsqlDataReader row) =>
        row.IsDBNull(1) ? null : new SearchPlace(row.GetGuid(0), row.GetInt64(1), row.GetDateTime(2));

    /// <summary>Returns the statement that reads the next messages of these places.</summary>
    /// <param name="most">The number of messages to read of each.</param>
    public static ReadStatement Messages(SearchCriteria criteria, IReadOnlyList<SearchPlace> places, int most) => new(
        "SELECT conversation_id, sequence, created_at, id, content FROM messages_to_search($1, $2, $3, $4, $5, $6, $7)",
        Parameter.Of(criteria.ViewerId.Value),
        Parameter.Of(criteria.Now),
        Parameter.Of(places.Select(place => place.ConversationId).ToArray()),
        Parameter.Of(places.Select(place => place.Sequence).ToArray()),
        Parameter.Of(most),
        Parameter.OfNullable((Guid?)criteria.SenderId),
        Parameter.OfNullable(criteria.HasAttachments));

    public static SearchedRow ReadMessage(NpgsqlDataReader row) => new(
        new SearchPosition(row.GetDateTime(2), row.GetGuid(0), row.GetInt64(1)),
        new MessageId(row.GetGuid(3)),
        row.IsDBNull(4) ? null : row.GetString(4));
}

/// <summary>A message that was read.</summary>
/// <param name="Content">Null if the viewer does not see the message, or its sender or attachments are not those searched for.</param>
internal sealed record SearchedRow(SearchPosition Position, MessageId Id, string? Content);
