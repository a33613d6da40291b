using CleanMessaging.Application.Messages;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>How far a conversation has been searched.</summary>
/// <param name="Sequence">The newest message that has not been searched.</param>
/// <param name="CreatedAt">The time of this message, or a later one.</param>
/// <param name="Reads">How often this request has read the conversation.</param>
internal sealed record SearchProgress(Guid ConversationId, long Sequence, DateTimeOffset CreatedAt, int Reads = 0)
{
    /// <summary>Every message that has not been searched is below this position.</summary>
    public SearchPosition End => new(CreatedAt, ConversationId, Sequence + 1);

    /// <summary>Returns the progress after a message was searched.</summary>
    public SearchProgress After(SearchPosition searched) => this with { Sequence = searched.Sequence - 1, CreatedAt = searched.CreatedAt };
}
