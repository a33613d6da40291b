using CleanMessaging.Application.Messages;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>How far a conversation has been searched.</summary>
/// <param name="Sequence">The newest message that has not been read.</param>
/// <param name="CreatedAt">The time of this message, or a later one.</param>
internal sealed record SearchPlace(Guid ConversationId, long Sequence, DateTimeOffset CreatedAt)
{
    /// <summary>The place after the last message that was read.</summary>
    public static SearchPlace Before(SearchPosition read) => new(read.ConversationId, read.Sequence - 1, read.CreatedAt);

    /// <summary>Every message that has not been read is below this position.</summary>
    public SearchPosition End => new(CreatedAt, ConversationId, Sequence + 1);
}
