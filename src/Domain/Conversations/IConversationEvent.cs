using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>An event that changes what a conversation's participants see in their lists.</summary>
public interface IConversationEvent : IDomainEvent
{
    ConversationId ConversationId { get; }

    IReadOnlyList<Guid> ParticipantIds { get; }
}
