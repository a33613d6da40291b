namespace CleanMessaging.Application.Storage;

/// <summary>
/// The position of a message, which remains after the message expires. Pages start from it, and read pointers are set to it.
/// </summary>
public sealed class MessageAnchor
{
    public Guid Id { get; init; }

    public Guid ConversationId { get; init; }

    public long Sequence { get; init; }
}
