using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// The sender lets a message expire earlier. The event does not contain the instant: the presenter reads the message as it is then.
/// </summary>
/// <param name="Revision">The conversation's revision of the change.</param>
public sealed record MessageExpirationChanged(
    MessageId MessageId, ConversationId ConversationId, long Revision, IReadOnlyList<Guid> ParticipantIds) : IMessageChangeEvent;
