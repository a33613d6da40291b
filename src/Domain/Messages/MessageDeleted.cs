using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>A message was deleted for everyone. Contains everything that participants see, so that notifying them needs no query.</summary>
/// <param name="Revision">The conversation's revision of the deletion.</param>
/// <param name="ExpiresAt">When the tombstone expires, as the message would have; null if it never does.</param>
public sealed record MessageDeleted(
    MessageId MessageId,
    ConversationId ConversationId,
    long Sequence,
    long Revision,
    DateTimeOffset DeletedAt,
    MessageDeleter DeletedBy,
    DateTimeOffset? ExpiresAt,
    IReadOnlyList<Guid> ParticipantIds) : IConversationEvent, IVerifiableMessageEvent
{
    /// <summary>
    /// The participants who have neither hidden nor cleared the message; all of them in an event of a server of a previous version.
    /// </summary>
    public IReadOnlyList<Guid> ViewerIds { get; init; } = ParticipantIds;

    DateTimeOffset IVerifiableMessageEvent.ChangedAt => DeletedAt;
}
