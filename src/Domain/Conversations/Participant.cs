namespace CleanMessaging.Domain.Conversations;

/// <summary>A user in a conversation, and how far they have read.</summary>
public sealed class Participant
{
    private Participant()
    {
    }

    internal Participant(Guid conversationId, Guid userId)
    {
        ConversationId = conversationId;
        UserId = userId;
    }

    public Guid ConversationId { get; private init; }

    public Guid UserId { get; private init; }

    /// <summary>Everything up to and including this sequence is read; 0 when nothing is. Only ever moves forward.</summary>
    public long LastReadSequence { get; internal set; }
}
