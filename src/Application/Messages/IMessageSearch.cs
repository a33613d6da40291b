using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Search;

namespace CleanMessaging.Application.Messages;

/// <summary>Searches the messages that a viewer sees.</summary>
public interface IMessageSearch
{
    /// <summary>
    /// Finds messages, newest first, until there are enough, or the work budget of a request is used up. Even then it has searched at least
    /// one message that the search had not reached before. Each message that it returns is visible, and has the terms, when it returns.
    /// Returns null when the viewer is not a participant of the conversation to search in.
    /// </summary>
    Task<SearchedMessages?> FindAsync(SearchCriteria criteria, CancellationToken cancellationToken);
}

/// <param name="Terms">What a text must contain; null for messages of any text.</param>
/// <param name="HitsMax">The maximum number of messages to find.</param>
public sealed record SearchCriteria(UserId ViewerId, SearchTerms? Terms, int HitsMax)
{
    /// <summary>The conversation to search in; null for all of the viewer.</summary>
    public ConversationId? ConversationId { get; init; }

    /// <summary>Only messages of this sender.</summary>
    public UserId? SenderId { get; init; }

    /// <summary>Only messages sent at this time or later.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only messages sent before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>True for messages with attachments only, false for those without; null for both.</summary>
    public bool? HasAttachment { get; init; }

    /// <summary>Only messages below this position; null to begin with the newest.</summary>
    public SearchPosition? Below { get; init; }
}

/// <param name="Found">The messages that were found, newest first.</param>
/// <param name="SearchedDownTo">Every message at or above this position was searched; null if all messages were.</param>
/// <param name="IsFull">Whether there are more hits than the maximum, so that the search ended for this reason.</param>
public sealed record SearchedMessages(IReadOnlyList<FoundMessage> Found, SearchPosition? SearchedDownTo, bool IsFull);

/// <param name="Hit">The message; null if it has expired, was deleted or was edited during the search.</param>
public sealed record FoundMessage(SearchPosition Position, SearchHit? Hit);

/// <summary>
/// The position of a message among all messages of a user, in the order of a search: by time, and by conversation for equal times. Within a
/// conversation it is the order of the sequences, because the time of each message is later than that of the one before. It never changes.
/// </summary>
public readonly record struct SearchPosition(DateTimeOffset CreatedAt, Guid ConversationId, long Sequence) : IComparable<SearchPosition>
{
    public static bool operator <(SearchPosition left, SearchPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(SearchPosition left, SearchPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(SearchPosition left, SearchPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SearchPosition left, SearchPosition right) => left.CompareTo(right) >= 0;

    public int CompareTo(SearchPosition other) =>
        (CreatedAt, ConversationId, Sequence).CompareTo((other.CreatedAt, other.ConversationId, other.Sequence));
}
