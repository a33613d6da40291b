namespace CleanMessaging.Client;

/// <summary>A message as everybody sees it, everywhere.</summary>
/// <param name="Sequence">1, 2, 3 and so on in the conversation, in the order of acceptance; a number that is missing has expired.</param>
/// <param name="Revision">The conversation's revision at the message's latest change.</param>
/// <param name="Content">Verbatim; null only where a repeated send is answered after the message has expired.</param>
/// <param name="ExpiresAt">At this instant, by the server's clock, it is gone for everyone; null for never.</param>
/// <param name="IsRead">Whether the other participant had read it when this was told.</param>
/// <param name="ReadAt">When they did.</param>
/// <param name="ClientMessageId">The sender's own name for it.</param>
public sealed record Message(
    Guid Id,
    Guid ConversationId,
    long Sequence,
    long Revision,
    Guid SenderId,
    string? Content,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ExpiresAt,
    bool IsRead,
    DateTimeOffset? ReadAt,
    Guid? ClientMessageId)
{
    /// <summary>Whether it can still be read at an instant of the server's clock; at <see cref="ExpiresAt"/> itself it is gone.</summary>
    public bool IsVisibleAt(DateTimeOffset now) => ExpiresAt is not { } end || now < end;
}

/// <summary>A part of a conversation, oldest message first.</summary>
/// <param name="HasMoreBefore">Whether there are visible messages before the page.</param>
/// <param name="HasMoreAfter">Whether there are visible messages after it.</param>
public sealed record MessagePage(IReadOnlyList<Message> Messages, bool HasMoreBefore, bool HasMoreAfter);
