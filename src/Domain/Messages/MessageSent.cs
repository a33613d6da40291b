using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>A message was accepted, priced and numbered. Carries all that a recipient is shown, so that telling them needs no query.</summary>
public sealed record MessageSent(
    Guid MessageId,
    Guid ConversationId,
    long Sequence,
    long Revision,
    Guid SenderId,
    string Content,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    Guid? ClientMessageId,
    IReadOnlyList<Guid> ParticipantIds) : IDomainEvent
{
    /// <summary>Names the message without its text, which belongs in no log.</summary>
    public override string ToString() => $"{nameof(MessageSent)} {MessageId}";
}
