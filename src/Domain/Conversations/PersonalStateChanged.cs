using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// A participant hid messages, or cleared, deleted, archived, muted or pinned the conversation, or undid it. Only this user is notified.
/// </summary>
/// <param name="PersonalRevision">The participant's personal revision of the change.</param>
public sealed record PersonalStateChanged(ConversationId ConversationId, UserId UserId, long PersonalRevision) : IVerifiableEvent
{
    Type IVerifiableEvent.RowType => typeof(Participant);

    IReadOnlyList<object> IVerifiableEvent.RowKey => [ConversationId.Value, UserId.Value];

    /// <remarks>
    /// A change of another device may have the number. The presenter reads the state and says since when it is complete, so that the event
    /// is right also then.
    /// </remarks>
    bool? IVerifiableEvent.IsCommitted(object? row) => row is Participant participant && participant.PersonalRevision >= PersonalRevision;
}
