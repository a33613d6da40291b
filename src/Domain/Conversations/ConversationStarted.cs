using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A conversation between two users was started.</summary>
public sealed record ConversationStarted(
    ConversationId ConversationId, IReadOnlyList<Guid> ParticipantIds, DateTimeOffset At) : ICreationEvent, IConversationEvent
{
    Type ICreationEvent.AggregateType => typeof(Conversation);

    Guid ICreationEvent.AggregateId => ConversationId;
}
