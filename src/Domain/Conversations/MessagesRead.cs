using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A participant's read pointer moved forward.</summary>
/// <param name="AfterSequence">Where the pointer stood: this one and everything before it had been read already.</param>
/// <param name="LastReadSequence">Where it stands now: everything up to and including this one is read.</param>
public sealed record MessagesRead(
    Guid ConversationId,
    Guid UserId,
    long AfterSequence,
    long LastReadSequence,
    IReadOnlyList<Guid> ParticipantIds,
    DateTimeOffset At) : IDomainEvent;
