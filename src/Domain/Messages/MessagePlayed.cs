using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>The receiver has played a voice message for the first time.</summary>
/// <param name="Revision">The conversation's revision of the change.</param>
public sealed record MessagePlayed(
    MessageId MessageId, ConversationId ConversationId, long Revision, IReadOnlyList<Guid> ParticipantIds) : IMessageChangeEvent
{
    /// <summary>The time of the change, by which this server verifies it. Other servers do not receive it.</summary>
    internal DateTimeOffset ChangedAt { get; init; }

    DateTimeOffset IVerifiableMessageEvent.ChangedAt => ChangedAt;
}
