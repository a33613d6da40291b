using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>The text of a message was replaced. It does not contain the text: whoever presents the event reads what is visible then.</summary>
/// <param name="Revision">The conversation's revision of the edit.</param>
public sealed record MessageEdited(
    MessageId MessageId, ConversationId ConversationId, long Revision, IReadOnlyList<Guid> ParticipantIds) : IDomainEvent;
