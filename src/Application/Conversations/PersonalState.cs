using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Conversations;

/// <summary>What a user has done with a conversation for themselves. The other participant never sees it.</summary>
/// <param name="Revision">
/// The number of the latest change of this state and of the hidden messages; every change increases it by one.
/// </param>
/// <param name="Archived">Whether the conversation is in the archive. A new message moves it back, unless it is archived forever.</param>
/// <param name="ArchivedForever">Whether the conversation stays in the archive when messages arrive.</param>
/// <param name="Deleted">
/// Whether the user has deleted the conversation: no list contains it, until a new message brings it back.
/// </param>
/// <param name="PinnedAt">When the user pinned the conversation; null if it is not pinned.</param>
/// <param name="MutedUntil">Until when the conversation is muted, in the year 9999 if forever; null if it was not muted.</param>
/// <param name="ClearedThrough">The user no longer sees messages up to and including this sequence; 0 if none was cleared.</param>
public sealed record PersonalState(
    long Revision,
    bool Archived,
    bool ArchivedForever,
    bool Deleted,
    DateTimeOffset? PinnedAt,
    DateTimeOffset? MutedUntil,
    long ClearedThrough)
{
    /// <param name="lastSequence">The sequence of the conversation's newest message.</param>
    public static PersonalState Of(Participant participant, long lastSequence) => new(
        participant.PersonalRevision,
        participant.IsArchived(lastSequence),
        participant.ArchivedThrough == Participant.ArchivedForever,
        participant.IsDeleted(lastSequence),
        participant.PinnedAt,
        participant.MutedUntil,
        participant.ClearedThrough);

    internal static PersonalState Of(Conversation conversation, UserId userId) =>
        Of(conversation.ParticipantOf(userId), conversation.LastSequence);
}
