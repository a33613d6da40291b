using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>Two users have a conversation from now on.</summary>
public sealed record ConversationStarted(Guid ConversationId, IReadOnlyList<Guid> ParticipantIds, DateTimeOffset At) : IDomainEvent;
