using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// A message was accepted, priced and numbered. Contains everything that recipients see, so that notifying them needs no query.
/// </summary>
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
    /// <summary>Returns the message id without the text, so that the text never reaches a log.</summary>
    public override string ToString() => $"{nameof(MessageSent)} {MessageId}";
}
