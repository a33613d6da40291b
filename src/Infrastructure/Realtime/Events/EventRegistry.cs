using System.Diagnostics;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>
/// Registers each event that clients or other servers receive: its lanes, by which key it is coalesced, how it is presented, and its name
/// between servers. An event without an entry is not sent to anyone.
/// </summary>
internal static class EventRegistry
{
    /// <summary>The maximum number of items that one query describes.</summary>
    private const int QueryMax = 50;

    /// <summary>At most 40 queries a second for each lane, however many events there are.</summary>
    private static readonly TimeSpan _queryInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Further changes within this time are presented as one.</summary>
    private static readonly TimeSpan _coalescingInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>New messages need no query and are sent at once, one after the other.</summary>
    public static readonly EventLane<CommittedMessage> Messages = new(
        (presenter, messages) => presenter.SendNewMessageAsync(messages[0]))
    { Name = "messages" };

    /// <summary>Recorded at once, before the deletion itself waits in its queue.</summary>
    private static readonly EventLane<MessageDeleted> _deletionRecords = new(
        (presenter, deletions) => presenter.RecordDeletionAsync(deletions[0]))
    { Name = null };

    /// <summary>Deletions need no query either.</summary>
    private static readonly EventLane<MessageDeleted> _deletions = new(
        (presenter, deletions) => presenter.SendMessageDeletedAsync(deletions[0]))
    { Name = "deletions" };

    /// <summary>
    /// Edits, reactions and earlier expiries: the presenter reads the message. Five events a second for each message are enough; an event
    /// names all revisions that it stands for, so that clients see no gap.
    /// </summary>
    private static readonly EventLane<MessageChange> _changes = new((presenter, changes) => presenter.SendMessagesChangedAsync(changes))
    {
        Name = "changes",
        BatchMax = QueryMax,
        Interval = _queryInterval,
        CoalescingInterval = _coalescingInterval,
        CoalescingKey = change => change.MessageId,
        Combine = (earlier, later) => earlier with { Revisions = [.. earlier.Revisions, .. later.Revisions] },
        UserIdsOf = change => change.ParticipantIds,
    };

    private static readonly EventLane<DefaultExpirationChanged> _expirations = new(
        (presenter, changes) => presenter.SendExpirationChangedAsync(changes[0]))
    { Name = "expirations" };

    public static readonly EventLane<MessagesRead> Reads = new((presenter, reads) => presenter.SendReadReceiptsAsync(reads))
    {
        Name = "reads",
        BatchMax = QueryMax,
        Interval = _queryInterval,
    };

    /// <summary>Five list updates a second for each conversation are enough.</summary>
    public static readonly EventLane<ListChange> Lists = new((presenter, changes) => presenter.SendConversationUpdatesAsync(changes))
    {
        Name = "lists",
        BatchMax = QueryMax,
        Interval = _queryInterval,
        CoalescingInterval = _coalescingInterval,
        CoalescingKey = change => change.ConversationId,
        UserIdsOf = change => change.ParticipantIds,
    };

    /// <summary>Changed users have their own queue, because one of them may affect many conversations.</summary>
    public static readonly EventLane<ChangedUser> Users = new((presenter, changed) => presenter.SendUserChangedAsync(changed[0]))
    {
        Name = "users",
        CoalescingInterval = _coalescingInterval,
        CoalescingKey = changed => changed.UserId,
    };

    private static readonly EventLane<PersonalStateChanged> _personalStates = new(
        (presenter, changes) => presenter.SendPersonalStatesAsync(changes))
    {
        Name = "personal states",
        BatchMax = QueryMax,
        Interval = _queryInterval,
    };

    private static readonly EventLane<UserTyped> _typing = new((presenter, typed) => presenter.SendTypingAsync(typed[0])) { Name = null };

    private static readonly EventLane<SessionRevoked> _revokedSessions = new(
        (presenter, revoked) => presenter.RevokeSessionAsync(revoked[0]))
    { Name = null };

    public static readonly IReadOnlyList<EventKind> Kinds =
    [
        EventKind.Of<MessageSent>(
            "MessageSent",
            Messages.Of<MessageSent>(sent => new CommittedMessage(sent, Stopwatch.GetTimestamp())),
            ListUpdate<MessageSent>()),
        EventKind.Of<MessageEdited>("MessageEdited", Change<MessageEdited>(), ListUpdate<MessageEdited>()),
        EventKind.Of<MessageReacted>("MessageReacted", Change<MessageReacted>(), ListUpdate<MessageReacted>()),
        EventKind.Of<MessagePlayed>("MessagePlayed", Change<MessagePlayed>(), ListUpdate<MessagePlayed>()),
        EventKind.Of<MessageExpirationChanged>(
            "MessageExpirationChanged", Change<MessageExpirationChanged>(), ListUpdate<MessageExpirationChanged>()),
        EventKind.Of<DefaultExpirationChanged>(
            "DefaultExpirationChanged",
            _expirations.Of<DefaultExpirationChanged>(changed => changed),
            ListUpdate<DefaultExpirationChanged>()),
        EventKind.Of<MessageDeleted>(
            "MessageDeleted",
            _deletionRecords.Of<MessageDeleted>(deleted => deleted),
            _deletions.Of<MessageDeleted>(deleted => deleted),
            ListUpdate<MessageDeleted>()),
        EventKind.Of<MessagesRead>("MessagesRead", Reads.Of<MessagesRead>(read => read), ListUpdate<MessagesRead>()),
        EventKind.Of<ConversationStarted>("ConversationStarted", ListUpdate<ConversationStarted>()),
        EventKind.Of<PersonalStateChanged>("PersonalStateChanged", _personalStates.Of<PersonalStateChanged>(changed => changed)),
        EventKind.Of<AvatarChanged>("AvatarChanged", Users.Of<AvatarChanged>(changed => new ChangedUser(changed.UserId))),
        EventKind.Of<UserTyped>("UserTyped", _typing.Of<UserTyped>(typed => typed)),
        EventKind.Of<SessionRevoked>("SessionEnded", _revokedSessions.Of<SessionRevoked>(revoked => revoked)),
    ];

    /// <summary>The lanes with a queue.</summary>
    public static readonly IReadOnlyList<EventLane> Queued =
        [.. Kinds.SelectMany(kind => kind.Lanes).Select(lane => lane.Lane).Where(lane => lane.Name is not null).Distinct()];

    private static readonly Dictionary<Type, EventKind> _byType = Kinds.ToDictionary(kind => kind.Type);

    /// <summary>Returns the kind of an event; null if no one receives it.</summary>
    public static EventKind? Find(object @event) => _byType.GetValueOrDefault(@event.GetType());

    private static (EventLane Lane, Func<TEvent, object> ItemOf) Change<TEvent>()
        where TEvent : IMessageChangeEvent =>
        _changes.Of<TEvent>(
            changed => new MessageChange(changed.MessageId, changed.ConversationId, [changed.Revision], changed.ParticipantIds));

    private static (EventLane Lane, Func<TEvent, object> ItemOf) ListUpdate<TEvent>()
        where TEvent : IConversationEvent =>
        Lists.Of<TEvent>(changed => new ListChange(changed.ConversationId, changed.ParticipantIds));
}

/// <param name="Since">
/// When the message was committed here or received from another server, by <see cref="Stopwatch.GetTimestamp"/>.
/// </param>
internal sealed record CommittedMessage(MessageSent Message, long Since);

/// <summary>A changed message, which connections that joined its conversation receive as it is then.</summary>
/// <param name="Revisions">The revisions of the changes, usually one.</param>
internal sealed record MessageChange(
    MessageId MessageId, ConversationId ConversationId, IReadOnlyList<long> Revisions, IReadOnlyList<Guid> ParticipantIds);

/// <summary>A user whose role, access or avatar has changed, so that the other participants need list updates.</summary>
internal sealed record ChangedUser(Guid UserId);

/// <summary>A changed conversation whose participants need a list update.</summary>
internal sealed record ListChange(ConversationId ConversationId, IReadOnlyList<Guid> ParticipantIds);
