using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// One forward step of a participant's read pointer. Read marks are append-only. The time at which a participant read a message is the time
/// of the participant's first mark at or after the message's sequence.
/// </summary>
public sealed class ReadMark
{
    private ReadMark()
    {
    }

    internal ReadMark(ConversationId conversationId, UserId userId, long upToSequence, DateTimeOffset readAt)
    {
        ConversationId = conversationId;
        UserId = userId;
        UpToSequence = upToSequence;
        ReadAt = readAt;
    }

    public Guid ConversationId { get; private init; }

    public Guid UserId { get; private init; }

    public long UpToSequence { get; private init; }

    public DateTimeOffset ReadAt { get; private init; }
}
