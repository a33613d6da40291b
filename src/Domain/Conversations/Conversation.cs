using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// A conversation between two users of different roles. It numbers its messages (<see cref="LastSequence"/>, without gaps, in commit order)
/// and every visible change (<see cref="Revision"/>), and stores each participant's read pointer and personal state.
/// </summary>
public sealed partial class Conversation : AggregateRoot
{
    /// <summary>The minimum time to live of a message, in hours.</summary>
    public const int ExpirationHoursMin = 1;

    /// <summary>The maximum time to live of a message, in hours: one year.</summary>
    public const int ExpirationHoursMax = 8760;

    private readonly List<Participant> _participants = [];
    private readonly List<ReadMark> _newReadMarks = [];
    private readonly List<HiddenMessage> _newHiddenMessages = [];

    private Conversation()
    {
    }

    public Guid Id { get; private init; }

    /// <summary>The user with the lower id. The fixed order makes a pair unique, no matter which user starts the conversation.</summary>
    public Guid PairLow { get; private init; }

    /// <summary>The user with the higher id.</summary>
    public Guid PairHigh { get; private init; }

    /// <summary>The sequence of the newest message, expired or not; 0 when there is no message.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The number of the latest visible change; every visible change increases it by one.</summary>
    public long Revision { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The time of the newest message, or of the start of the conversation. Every further message gets a later time.</summary>
    public DateTimeOffset LastActivityAt { get; private set; }

    /// <summary>
    /// The hours after which a message expires whose sender has not chosen otherwise, 1 to 8760; null for never. It applies to later
    /// messages only.
    /// </summary>
    public int? DefaultExpirationHours { get; private set; }

    /// <summary>
    /// The participant who last set or removed <see cref="DefaultExpirationHours"/>; null if no one did. Loads for commands omit it.
    /// </summary>
    public Guid? DefaultExpirationSetBy { get; private set; }

    /// <summary>
    /// The participants with their read pointers and personal states. Empty in a conversation that was loaded for a send, which needs
    /// neither.
    /// </summary>
    public IReadOnlyList<Participant> Participants => _participants;

    /// <summary>The read marks added since the conversation was loaded. Commands never load earlier read marks.</summary>
    public IReadOnlyList<ReadMark> NewReadMarks => _newReadMarks;

    /// <summary>The messages hidden since the conversation was loaded. Commands never load earlier ones.</summary>
    public IReadOnlyList<HiddenMessage> NewHiddenMessages => _newHiddenMessages;

    public IReadOnlyList<Guid> ParticipantIds => [PairLow, PairHigh];

    /// <summary>Starts the conversation between an Investor and a Startup. Either of the two can be the initiator.</summary>
    /// <param name="price">The price of starting the conversation, in points. The caller of this method charges it.</param>
    /// <param name="agreed">The highest price that the initiator agreed to pay, in points; null for 0.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.with_self</c>, <c>conversation.role_pair_not_allowed</c>, <c>conversation.recipient_unavailable</c>,
    /// <c>conversation.price_changed</c>
    /// </exception>
    public static Conversation Start(User initiator, User receiver, long price, long? agreed, DateTimeOffset now)
    {
        EnsurePairAllowed(initiator, receiver);
        if (receiver.DeactivatedAt is not null)
            throw new DomainException(ConversationErrors.RecipientUnavailable);

        if (price > (agreed ?? 0))
            throw new DomainException(ConversationErrors.PriceChanged(price, agreed ?? 0));

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
        conversation._participants.Add(new Participant(new ConversationId(conversation.Id), new UserId(initiator.Id)));
        conversation._participants.Add(new Participant(new ConversationId(conversation.Id), new UserId(receiver.Id)));
        conversation.Raise(new ConversationStarted(new ConversationId(conversation.Id), conversation.ParticipantIds, at));

        return conversation;
    }

    /// <summary>Returns two user ids in the order in which a pair is stored.</summary>
    public static (Guid Low, Guid High) PairOf(Guid one, Guid other) => one.CompareTo(other) < 0 ? (one, other) : (other, one);

    /// <summary>Verifies that a user is a participant. Another user gets the same error as for an unknown conversation.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c></exception>
    public void EnsureParticipant(Guid userId)
    {
        if (userId != PairLow && userId != PairHigh)
            throw new DomainException(ConversationErrors.NotFound);
    }

    /// <summary>Returns the id of the participant who is not this user.</summary>
    public Guid OtherThan(Guid userId) => PairLow == userId ? PairHigh : PairLow;

    /// <summary>Returns a user's read pointer: the sequence up to which the user has read.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public long LastReadSequenceOf(Guid userId) => ParticipantOf(userId).LastReadSequence;

    /// <summary>Returns a user's read pointer and personal state.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public Participant ParticipantOf(Guid userId)
    {
        EnsureParticipant(userId);

        return _participants.Single(participant => participant.UserId == userId);
    }

    /// <summary>Rejects a message to a deactivated recipient, before its price is determined.</summary>
    /// <param name="senderId">The participant who sends the message.</param>
    /// <param name="isRecipientDeactivated">Whether the other participant's account is deactivated.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>conversation.recipient_unavailable</c>
    /// </exception>
    public void EnsureRecipientAvailable(Guid senderId, bool isRecipientDeactivated)
    {
        EnsureParticipant(senderId);
        if (isRecipientDeactivated)
            throw new DomainException(ConversationErrors.RecipientUnavailable);
    }

    /// <summary>
    /// Moves a participant's read pointer forward to a sequence, at most to the newest message. Returns whether it moved. It never moves
    /// backward.
    /// </summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c>: not a participant.</exception>
    public bool MarkRead(Guid userId, long upToSequence, DateTimeOffset now)
    {
        var reader = ParticipantOf(userId);
        var target = Math.Min(upToSequence, LastSequence);
        if (target <= reader.LastReadSequence)
            return false;

        // Never earlier than the newest message, even if the clock was set back since.
        var at = now.ToStored() > LastActivityAt ? now.ToStored() : LastActivityAt;
        var before = reader.LastReadSequence;
        reader.LastReadSequence = target;
        _newReadMarks.Add(new ReadMark(new ConversationId(Id), new UserId(userId), target, at));
        Raise(new MessagesRead(new ConversationId(Id), new UserId(userId), before, target, ParticipantIds, at));

        return true;
    }

    /// <summary>
    /// Sets or removes the default expiration of later messages. Either participant can. It does not count as activity. Setting the current
    /// value changes nothing.
    /// </summary>
    /// <param name="expirationHours">1 to 8760; null to remove it.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>conversation.invalid_expiration</c>
    /// </exception>
    public void SetDefaultExpiration(UserId userId, int? expirationHours)
    {
        EnsureParticipant(userId);
        if (expirationHours is < ExpirationHoursMin or > ExpirationHoursMax)
            throw new DomainException(ConversationErrors.InvalidExpiration);

        if (expirationHours == DefaultExpirationHours)
            return;

        (DefaultExpirationHours, DefaultExpirationSetBy) = (expirationHours, userId);
        Raise(new DefaultExpirationChanged(new ConversationId(Id), AdvanceRevision(), expirationHours, userId, ParticipantIds));
    }

    /// <summary>
    /// Assigns the next position in the conversation: the next sequence, the next revision, and a time. The time is later than that of
    /// every earlier message, even if the clock stood still or was set back.
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

    /// <summary>
    /// Numbers a visible change that is not a new message, such as a deletion. It does not count as activity: the order of the list and the
    /// times of later messages do not depend on it.
    /// </summary>
    internal long AdvanceRevision() => Revision = checked(Revision + 1);

    /// <summary>Verifies that two users may have a conversation: they are different users, one an Investor and one a Startup.</summary>
    private static void EnsurePairAllowed(User initiator, User receiver)
    {
        if (initiator.Id == receiver.Id)
            throw new DomainException(ConversationErrors.WithSelf);

        if (UserRoles.CounterpartOf(initiator.Role) != receiver.Role)
            throw new DomainException(ConversationErrors.RolePairNotAllowed);
    }
}
