namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// One forward step of a read pointer; marks are only ever added. A message was read by a participant at the time of that
/// participant's first mark that reaches it.
/// </summary>
public sealed class ReadMark
{
    private ReadMark()
    {
    }

    internal ReadMark(Guid conversationId, Guid userId, long upToSequence, DateTimeOffset readAt)
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
