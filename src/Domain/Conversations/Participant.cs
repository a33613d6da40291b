using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A user in a conversation, with the user's read pointer.</summary>
public sealed class Participant
{
    private Participant()
    {
    }

    internal Participant(ConversationId conversationId, UserId userId)
    {
        ConversationId = conversationId;
        UserId = userId;
    }

    public Guid ConversationId { get; private init; }

    public Guid UserId { get; private init; }

    /// <summary>The read pointer: messages up to and including this sequence are read; 0 when none is. It only moves forward.</summary>
    public long LastReadSequence { get; internal set; }
}
