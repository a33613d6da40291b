using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// A user set, replaced or removed a reaction. The event does not contain the reaction: the presenter reads the message as it is then.
/// </summary>
/// <param name="Revision">The conversation's revision of the change.</param>
public sealed record MessageReacted(
    MessageId MessageId, ConversationId ConversationId, long Revision, IReadOnlyList<Guid> ParticipantIds) : IMessageChangeEvent
{
    /// <summary>The time of the change, by which this server verifies it. Other servers do not receive it.</summary>
    internal DateTimeOffset ChangedAt { get; init; }

    DateTimeOffset IVerifiableMessageEvent.ChangedAt => ChangedAt;
}
