using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// The text of a message was replaced. The event does not contain it: the presenter reads the current message when it sends the hub event.
/// </summary>
/// <param name="Revision">The conversation's revision of the edit.</param>
public sealed record MessageEdited(
    MessageId MessageId, ConversationId ConversationId, long Revision, IReadOnlyList<Guid> ParticipantIds) : IMessageChangeEvent
{
    /// <summary>The time of the change, by which this server verifies it. Other servers do not receive it.</summary>
    internal DateTimeOffset ChangedAt { get; init; }

    DateTimeOffset IVerifiableMessageEvent.ChangedAt => ChangedAt;
}
