namespace CleanMessaging.Application.Storage;

/// <summary>A message's place, which outlives its text: what a page is counted from and a read pointer is set to.</summary>
public sealed class MessageAnchor
{
    public Guid Id { get; init; }

    public Guid ConversationId { get; init; }

    public long Sequence { get; init; }
}
