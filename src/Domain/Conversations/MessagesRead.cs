using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A participant's read pointer moved forward.</summary>
/// <param name="AfterSequence">The previous read pointer: messages up to and including this sequence were already read.</param>
/// <param name="LastReadSequence">The new read pointer: messages up to and including this sequence are read.</param>
public sealed record MessagesRead(
    ConversationId ConversationId,
    UserId UserId,
    long AfterSequence,
    long LastReadSequence,
    IReadOnlyList<Guid> ParticipantIds,
    DateTimeOffset At) : IConversationEvent;
