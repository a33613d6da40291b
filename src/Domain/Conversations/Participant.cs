using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// A user in a conversation, with the user's read pointer and personal state: what the user has hidden, cleared, deleted, archived, muted
/// and pinned. The other participant never sees the personal state, nor that it changed.
/// </summary>
public sealed class Participant
{
    /// <summary>
    /// The value of <see cref="ArchivedThrough"/> for a conversation that stays in the archive when messages arrive: the largest integer
    /// that JavaScript represents exactly.
    /// </summary>
    public const long ArchivedForever = 9_007_199_254_740_991;

    /// <summary>The maximum number of messages that a user can keep hidden in one conversation.</summary>
    public const int HiddenMax = 5000;

    /// <summary>The maximum number of conversations that a user can pin.</summary>
    public const int PinnedMax = 10;

    /// <summary>The value of <see cref="MutedUntil"/> for a conversation that is muted forever.</summary>
    public static readonly DateTimeOffset MutedForever = DateTimeOffset.MaxValue.ToStored();

    private Participant()
    {
    }

    internal Participant(ConversationId conversationId, UserId userId)
    {
        ConversationId = conversationId;
        UserId = userId;
    }

    public Guid ConversationId { get; private init; }

    public Guid UserId { get; private init; }

    /// <summary>The read pointer: messages up to and including this sequence are read; 0 when none is. It only moves forward.</summary>
    public long LastReadSequence { get; internal set; }

    /// <summary>The number of the latest change of the personal state; every change increases it by one.</summary>
    public long PersonalRevision { get; internal set; }

    /// <summary>The user no longer sees messages up to and including this sequence; 0 if none was cleared. It only moves forward.</summary>
    public long ClearedThrough { get; private set; }

    /// <summary>The number of messages after <see cref="ClearedThrough"/> that the user has hidden, 0 to 5000.</summary>
    public int HiddenCount { get; internal set; }

    /// <summary>
    /// The user deleted the conversation: no list contains it until a message with a higher sequence. Null if the user did not.
    /// </summary>
    public long? DeletedThrough { get; private set; }

    /// <summary>The conversation is in the archive until a message with a higher sequence. Null if it is not archived.</summary>
    public long? ArchivedThrough { get; private set; }

    /// <summary>Until when the conversation is muted; null if it is not.</summary>
    public DateTimeOffset? MutedUntil { get; private set; }

    /// <summary>When the user pinned the conversation; null if it is not pinned.</summary>
    public DateTimeOffset? PinnedAt { get; private set; }

    /// <summary>Whether the conversation is in the archive.</summary>
    /// <param name="lastSequence">The sequence of the conversation's newest message.</param>
    public bool IsArchived(long lastSequence) => ArchivedThrough >= lastSequence;

    /// <summary>Whether the user has deleted the conversation, and no message brought it back.</summary>
    /// <inheritdoc cref="IsArchived"/>
    public bool IsDeleted(long lastSequence) => DeletedThrough >= lastSequence;

    /// <summary>Clears the messages up to a sequence. Returns whether anything changed.</summary>
    /// <param name="removedHidden">The number of hidden messages up to that sequence, whose records were removed.</param>
    internal bool Clear(long through, int removedHidden)
    {
        if (through <= ClearedThrough)
            return false;

        ClearedThrough = through;
        HiddenCount -= removedHidden;

        return true;
    }

    /// <summary>
    /// Deletes the conversation for the user: clears it, and takes it out of every list. Returns whether anything changed.
    /// </summary>
    internal bool Delete(long through, int removedHidden)
    {
        var isCleared = Clear(through, removedHidden);
        if (!isCleared && DeletedThrough >= through)
            return false;

        DeletedThrough = through;
        ArchivedThrough = null;
        PinnedAt = null;

        return true;
    }

    /// <summary>
    /// Moves the conversation to the archive, and unpins it. Returns whether anything changed: a repetition that arrives late, with an
    /// earlier sequence, does not.
    /// </summary>
    internal bool Archive(long through)
    {
        if (ArchivedThrough >= through)
            return false;

        ArchivedThrough = through;
        PinnedAt = null;

        return true;
    }

    internal bool Unarchive()
    {
        var wasArchived = ArchivedThrough is not null;
        ArchivedThrough = null;

        return wasArchived;
    }

    /// <exception cref="DomainException"><c>conversation.mute_in_the_past</c></exception>
    internal bool Mute(DateTimeOffset? until, DateTimeOffset now)
    {
        if (until <= now)
            throw new DomainException(ConversationErrors.MuteInThePast);

        var end = until?.ToStored() ?? MutedForever;
        var isChanged = MutedUntil != end;
        MutedUntil = end;

        return isChanged;
    }

    internal bool Unmute()
    {
        var wasMuted = MutedUntil is not null;
        MutedUntil = null;

        return wasMuted;
    }

    /// <summary>
    /// Pins the conversation, takes it out of the archive, and lists it again if the user has deleted it. Returns whether anything changed.
    /// </summary>
    /// <exception cref="DomainException"><c>conversation.too_many_pinned</c></exception>
    internal bool Pin(int othersPinned, DateTimeOffset now)
    {
        if (PinnedAt is not null)
            return false;

        if (othersPinned >= PinnedMax)
            throw new DomainException(ConversationErrors.TooManyPinned);

        PinnedAt = now.ToStored();
        ArchivedThrough = null;
        DeletedThrough = null;

        return true;
    }

    internal bool Unpin()
    {
        var wasPinned = PinnedAt is not null;
        PinnedAt = null;

        return wasPinned;
    }
}
