using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

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
    DateTimeOffset At) : IConversationEvent, IVerifiableEvent
{
    Type IVerifiableEvent.RowType => typeof(ReadMark);

    IReadOnlyList<object> IVerifiableEvent.RowKey => [ConversationId.Value, LastReadSequence, UserId.Value];

    bool? IVerifiableEvent.IsCommitted(object? row) => row is ReadMark mark && mark.ReadAt == At;
}
