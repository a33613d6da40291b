using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Search;

namespace CleanMessaging.Application.Messages;

/// <summary>Searches the messages that a viewer sees.</summary>
public interface IMessageSearch
{
    /// <summary>
    /// Finds messages, newest first, until there are enough, or the work budget of a request is used up. Even then it has read some
    /// messages that the search had not reached before, so every search comes to its end. Returns null when the viewer is not a participant
    /// of the conversation to search in.
    /// </summary>
    Task<SearchedMessages?> FindAsync(SearchCriteria criteria, CancellationToken cancellationToken);
}

/// <param name="Terms">What a text must contain; null for messages of any text.</param>
/// <param name="Now">Only messages that are visible at this instant are found.</param>
/// <param name="AtMost">The maximum number of messages to find.</param>
public sealed record SearchCriteria(UserId ViewerId, SearchTerms? Terms, DateTimeOffset Now, int AtMost)
{
    /// <summary>The conversation to search in; null for all of the viewer.</summary>
    public ConversationId? ConversationId { get; init; }

    /// <summary>Only messages of this sender.</summary>
    public UserId? SenderId { get; init; }

    /// <summary>Only messages sent at this time or later.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only messages sent before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only messages with attachments, or only those without; null for both.</summary>
    public bool? HasAttachments { get; init; }

    /// <summary>Only messages below this position; null to begin with the newest.</summary>
    public SearchPosition? Below { get; init; }
}

/// <param name="Found">The messages that were found, newest first.</param>
/// <param name="SearchedDownTo">Every message at or above this position was searched; null if all messages were.</param>
public sealed record SearchedMessages(IReadOnlyList<FoundMessage> Found, SearchPosition? SearchedDownTo);

public sealed record FoundMessage(MessageId Id, SearchPosition Position);

/// <summary>
/// The place of a message among all messages of a user, in the order of a search: by time, and by conversation for equal times. Within a
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
