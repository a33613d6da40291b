using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A message that a participant has hidden: the participant no longer sees it, the other one does.</summary>
public sealed class HiddenMessage
{
    private HiddenMessage()
    {
    }

    internal HiddenMessage(ConversationId conversationId, UserId userId, long sequence, long personalRevision)
    {
        ConversationId = conversationId;
        UserId = userId;
        Sequence = sequence;
        PersonalRevision = personalRevision;
    }

    public Guid ConversationId { get; private init; }

    public Guid UserId { get; private init; }

    public long Sequence { get; private init; }

    /// <summary>The participant's personal revision at the time.</summary>
    public long PersonalRevision { get; private init; }
}
