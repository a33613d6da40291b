using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// Two users of different roles, talking. It numbers what is said (<see cref="LastSequence"/>, without holes, in commit order)
/// and every visible change (<see cref="Revision"/>), and keeps how far each of the two has read.
/// </summary>
public sealed class Conversation : AggregateRoot
{
    private readonly List<Participant> _participants = [];
    private readonly List<ReadMark> _newReadMarks = [];

    private Conversation()
    {
    }

    public Guid Id { get; private init; }

    /// <summary>The two users in a fixed order, so that a pair can exist only once, whoever began.</summary>
    public Guid PairLow { get; private init; }

    /// <inheritdoc cref="PairLow"/>
    public Guid PairHigh { get; private init; }

    /// <summary>The sequence of the newest message, expired or not; 0 when nothing has been said.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Goes up by one with every visible change.</summary>
    public long Revision { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The time of the newest message, or of the start; later messages are always later than it.</summary>
    public DateTimeOffset LastActivityAt { get; private set; }

    public IReadOnlyList<Participant> Participants => _participants;

    /// <summary>The read marks added since the conversation was loaded; earlier ones are never loaded to change it.</summary>
    public IReadOnlyList<ReadMark> NewReadMarks => _newReadMarks;

    public IReadOnlyList<Guid> ParticipantIds => [.. _participants.Select(participant => participant.UserId)];

    /// <summary>Starts the conversation of an Investor with a Startup, whoever of the two begins.</summary>
    /// <exception cref="DomainException">
    /// <c>conversation.with_self</c>, <c>conversation.role_pair_not_allowed</c>, <c>conversation.recipient_unavailable</c>
    /// </exception>
    public static Conversation Start(User initiator, User receiver, DateTimeOffset now)
    {
        EnsureMayTalk(initiator, receiver);
        EnsureAvailable(receiver);

        var at = now.ToStored();
        var (low, high) = PairOf(initiator.Id, receiver.Id);
        var conversation = new Conversation
        {
            Id = Guid.CreateVersion7(at),
            PairLow = low,
            PairHigh = high,
            CreatedAt = at,
            LastActivityAt = at,
        };
        conversation._participants.Add(new Participant(conversation.Id, initiator.Id));
        conversation._participants.Add(new Participant(conversation.Id, receiver.Id));
        conversation.Raise(new ConversationStarted(conversation.Id, conversation.ParticipantIds, at));

        return conversation;
    }

    /// <summary>A conversation as it was stored, without its read marks.</summary>
    internal static Conversation Restore(
        Guid id,
        (Guid UserId, long LastReadSequence) low,
        (Guid UserId, long LastReadSequence) high,
        long lastSequence,
        long revision,
        DateTimeOffset createdAt,
        DateTimeOffset lastActivityAt)
    {
        var conversation = new Conversation
        {
            Id = id,
            PairLow = low.UserId,
            PairHigh = high.UserId,
            LastSequence = lastSequence,
            Revision = revision,
            CreatedAt = createdAt,
            LastActivityAt = lastActivityAt,
        };
        conversation._participants.Add(new Participant(id, low.UserId) { LastReadSequence = low.LastReadSequence });
        conversation._participants.Add(new Participant(id, high.UserId) { LastReadSequence = high.LastReadSequence });

        return conversation;
    }

    /// <summary>Whether these two may have a conversation: different people, one Investor and one Startup.</summary>
    /// <exception cref="DomainException"><c>conversation.with_self</c>, <c>conversation.role_pair_not_allowed</c></exception>
    public static void EnsureMayTalk(User initiator, User receiver)
    {
        if (initiator.Id == receiver.Id)
            throw new DomainException(ConversationErrors.WithSelf);

        var allowed = (initiator.Role, receiver.Role) is (UserRole.Investor, UserRole.Startup) or (UserRole.Startup, UserRole.Investor);
        if (!allowed)
            throw new DomainException(ConversationErrors.RolePairNotAllowed);
    }

    /// <summary>Whether a user can be written to: not while they are deactivated.</summary>
    /// <exception cref="DomainException"><c>conversation.recipient_unavailable</c></exception>
    public static void EnsureAvailable(User receiver)
    {
        if (receiver.DeactivatedAt is not null)
            throw new DomainException(ConversationErrors.RecipientUnavailable);
    }

    /// <summary>Whether the caller agreed to the price; who agreed to nothing agreed to 0.</summary>
    /// <param name="price">What starting costs, in points.</param>
    /// <param name="agreed">The most that the caller agreed to pay, in points.</param>
    /// <exception cref="DomainException"><c>conversation.price_changed</c></exception>
    public static void EnsureAgreed(long price, long? agreed)
    {
        if (price > (agreed ?? 0))
            throw new DomainException(ConversationErrors.PriceChanged(price, agreed ?? 0));
    }

    /// <summary>Two users in the one order in which a pair is stored.</summary>
    public static (Guid Low, Guid High) PairOf(Guid one, Guid other) => one.CompareTo(other) < 0 ? (one, other) : (other, one);

    /// <summary>Rejects whoever is not in the conversation, as if it did not exist.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c></exception>
    public Participant EnsureParticipant(Guid userId) =>
        _participants.Find(participant => participant.UserId == userId) ?? throw new DomainException(ConversationErrors.NotFound);

    /// <summary>Rejects a message to a user who cannot receive it, before it is priced.</summary>
    /// <param name="senderId">The participant who sends.</param>
    /// <param name="isRecipientDeactivated">Whether the other participant's account is deactivated.</param>
    /// <exception cref="DomainException"><c>conversation.not_found</c> (not a participant), <c>conversation.recipient_unavailable</c></exception>
    public void EnsureRecipientAvailable(Guid senderId, bool isRecipientDeactivated)
    {
        EnsureParticipant(senderId);
        if (isRecipientDeactivated)
            throw new DomainException(ConversationErrors.RecipientUnavailable);
    }

    /// <summary>
    /// Moves a participant's read pointer up to a sequence, never beyond the newest message and never back. Returns whether it moved.
    /// </summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public bool MarkRead(Guid userId, long upToSequence, DateTimeOffset now)
    {
        var reader = EnsureParticipant(userId);
        var target = Math.Min(upToSequence, LastSequence);
        if (target <= reader.LastReadSequence)
            return false;

        // Never before the newest message was written, also when the clock went back since.
        var at = now.ToStored() > LastActivityAt ? now.ToStored() : LastActivityAt;
        var before = reader.LastReadSequence;
        reader.LastReadSequence = target;
        _newReadMarks.Add(new ReadMark(Id, userId, target, at));
        Raise(new MessagesRead(Id, userId, before, target, ParticipantIds, at));

        return true;
    }

    /// <summary>
    /// Gives out the next place in the conversation: the next sequence and revision, and a time that is later than that of every
    /// message before it, also when the clock stood still or went back.
    /// </summary>
    internal MessagePosition Advance(DateTimeOffset now)
    {
        var at = now.ToStored();
        var earliest = LastActivityAt + Instant.Resolution;
        LastActivityAt = at > earliest ? at : earliest;
        LastSequence = checked(LastSequence + 1);
        Revision = checked(Revision + 1);

        return new MessagePosition(LastSequence, Revision, LastActivityAt);
    }
}
