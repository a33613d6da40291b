using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <content>What a participant does with the conversation for themselves.</content>
public sealed partial class Conversation
{
    /// <summary>Hides messages for a participant. The other one still sees them, and is not notified.</summary>
    /// <param name="sequences">Messages that the participant has neither hidden nor cleared yet.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>conversation.too_many_hidden</c>
    /// </exception>
    public void Hide(Guid userId, IReadOnlyCollection<long> sequences)
    {
        var participant = ParticipantOf(userId);
        if (participant.HiddenCount + sequences.Count > Participant.HiddenMax)
            throw new DomainException(ConversationErrors.TooManyHidden);

        if (sequences.Count == 0)
            return;

        CountPersonalChange(participant);
        participant.HiddenCount += sequences.Count;
        _newHiddenMessages.AddRange(sequences.Select(sequence =>
            new HiddenMessage(new ConversationId(Id), new UserId(userId), sequence, participant.PersonalRevision)));
    }

    /// <summary>
    /// Clears the messages up to a sequence for a participant, at most up to the newest one. The read pointer does not move, because its
    /// movement would be visible to the other participant.
    /// </summary>
    /// <param name="removedHidden">
    /// The number of messages up to this sequence that the participant had hidden, and whose records were removed.
    /// </param>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public void Clear(Guid userId, long through, int removedHidden) =>
        ChangePersonalState(userId, participant => participant.Clear(Math.Min(through, LastSequence), removedHidden));

    /// <summary>
    /// Deletes the conversation for a participant: clears it, and takes it out of every list until the next message. If there is a newer
    /// message than the participant saw, it only clears.
    /// </summary>
    /// <inheritdoc cref="Clear"/>
    public void DeleteFor(Guid userId, long through, int removedHidden) => ChangePersonalState(
        userId,
        participant => through < LastSequence
            ? participant.Clear(through, removedHidden)
            : participant.Delete(LastSequence, removedHidden));

    /// <summary>
    /// Moves the conversation to a participant's archive, and unpins it. The next message moves it back, unless it is archived forever.
    /// Nothing changes if there is a newer message than the participant saw.
    /// </summary>
    /// <param name="through">The newest message that the participant saw.</param>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public void Archive(Guid userId, long through, bool forever) => ChangePersonalState(
        userId,
        participant => forever
            ? participant.Archive(Participant.ArchivedForever)
            : through >= LastSequence && participant.Archive(LastSequence));

    /// <summary>Moves the conversation from a participant's archive to the inbox.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public void Unarchive(Guid userId) => ChangePersonalState(userId, participant => participant.Unarchive());

    /// <summary>Mutes the conversation for a participant.</summary>
    /// <param name="until">Null to mute it forever.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>conversation.mute_in_the_past</c>
    /// </exception>
    public void Mute(Guid userId, DateTimeOffset? until, DateTimeOffset now) =>
        ChangePersonalState(userId, participant => participant.Mute(until, now));

    /// <summary>Unmutes the conversation for a participant.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public void Unmute(Guid userId) => ChangePersonalState(userId, participant => participant.Unmute());

    /// <summary>
    /// Pins the conversation for a participant, takes it out of the archive, and lists it again if the participant has deleted it.
    /// </summary>
    /// <param name="othersPinned">The number of other conversations that the participant has pinned.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>conversation.too_many_pinned</c>
    /// </exception>
    public void Pin(Guid userId, int othersPinned, DateTimeOffset now) =>
        ChangePersonalState(userId, participant => participant.Pin(othersPinned, now));

    /// <summary>Unpins the conversation for a participant.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public void Unpin(Guid userId) => ChangePersonalState(userId, participant => participant.Unpin());

    private void ChangePersonalState(Guid userId, Func<Participant, bool> change)
    {
        var participant = ParticipantOf(userId);
        if (change(participant))
            CountPersonalChange(participant);
    }

    /// <summary>Numbers a change of a participant's personal state.</summary>
    private void CountPersonalChange(Participant participant)
    {
        participant.PersonalRevision = checked(participant.PersonalRevision + 1);
        Raise(new PersonalStateChanged(new ConversationId(Id), new UserId(participant.UserId), participant.PersonalRevision));
    }
}
