using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>The events that the server sends to a connection. Each event is one object, so that members can be added later.</summary>
public interface IMessagingClient
{
    /// <summary>Sent to a new connection: the user that it is authenticated as.</summary>
    Task Connected(ConnectedEvent connected);

    /// <summary>Sent to a connection that has joined a conversation: the current position of the conversation.</summary>
    Task Joined(JoinedConversation joined);

    /// <summary>Sent to all connections that joined, including the sender's other devices.</summary>
    Task NewMessage(NewMessageEvent newMessage);

    /// <summary>
    /// Sent to all connections that joined: a message was edited, a reaction was set or removed, or the message expires earlier.
    /// </summary>
    Task MessageChanged(MessageChangedEvent changed);

    /// <summary>Sent to all connections that joined: a message was deleted for everyone.</summary>
    Task MessageDeleted(MessageDeletedEvent deleted);

    /// <summary>Sent to all connections that joined: the default expiration of the conversation has changed.</summary>
    Task ExpirationChanged(ExpirationChangedEvent changed);

    /// <summary>
    /// Sent to every connection of the other participants, joined or not. Not stored; valid until <see cref="TypingEvent.Until"/> at most.
    /// </summary>
    Task Typing(TypingEvent typing);

    /// <summary>Sent to all connections that joined: a read pointer has moved.</summary>
    Task Read(ReadEvent read);

    /// <summary>
    /// Sent to every connection of each participant, joined or not: the conversation as a list of conversations shows it.
    /// </summary>
    Task ConversationUpdated(ConversationUpdatedEvent updated);

    /// <summary>
    /// Sent to every connection of a user, joined or not: what the user has done with a conversation for themselves. The other participant
    /// never receives it.
    /// </summary>
    Task PersonalChanged(PersonalChangedEvent changed);

    /// <summary>Sent to every connection of a server that may have missed events: the client must synchronize.</summary>
    Task SyncNeeded(SyncNeededEvent needed);

    /// <summary>Sent to every connection of a server that is about to stop: the client must reconnect.</summary>
    Task ServerDraining(ServerDrainingEvent draining);
}

public sealed record ConnectedEvent(Guid UserId);

public sealed record NewMessageEvent(Guid ConversationId, MessageResponse Message);

/// <param name="Message">The message at the time of the event. It may already contain later changes, whose events follow.</param>
/// <param name="Revisions">
/// The revisions of the conversation that the event stands for. A client that has all earlier ones has missed nothing.
/// </param>
public sealed record MessageChangedEvent(Guid ConversationId, MessageResponse Message, IReadOnlyList<long> Revisions);

/// <param name="Deleted">What remains of the message. It may arrive before the message itself.</param>
public sealed record MessageDeletedEvent(Guid ConversationId, Tombstone Deleted);

/// <param name="DefaultExpirationHours">The default for later messages; null for none.</param>
/// <param name="ByUserId">The participant who changed it.</param>
public sealed record ExpirationChangedEvent(Guid ConversationId, long Revision, int? DefaultExpirationHours, Guid ByUserId);

/// <param name="Until">When the indicator expires without another event.</param>
/// <param name="Sequence">The sequence of the conversation's newest message.</param>
/// <param name="Revision">The conversation's current revision. A client with a lower one has missed a change.</param>
public sealed record TypingEvent(Guid ConversationId, Guid UserId, bool IsTyping, DateTimeOffset Until, long Sequence, long Revision);

/// <param name="MessageIds">The newly read messages, oldest first; at most the newest 100. The pointer is authoritative.</param>
/// <param name="LastReadSequence">The user has read everything up to and including this sequence.</param>
/// <param name="Sequence">The sequence of the conversation's newest message.</param>
/// <param name="Revision">The conversation's current revision. A client with a lower one has missed a change.</param>
public sealed record ReadEvent(
    Guid ConversationId,
    Guid UserId,
    IReadOnlyList<Guid> MessageIds,
    long LastReadSequence,
    long Sequence,
    long Revision);

/// <param name="Conversation">The conversation as the recipient sees it.</param>
public sealed record ConversationUpdatedEvent(ConversationResponse Conversation);

/// <param name="Personal">The current state. It may already contain later changes, whose events follow.</param>
/// <param name="SincePersonalRevision">
/// A client with this personal revision, or a later one, has missed nothing. Others request the hidden messages with a join.
/// </param>
/// <param name="Hidden">The sequences of all messages that the user has hidden since that revision.</param>
public sealed record PersonalChangedEvent(
    Guid ConversationId, PersonalState Personal, long SincePersonalRevision, IReadOnlyList<long> Hidden);

/// <param name="WithinMs">Synchronize at a random moment within this many milliseconds, so that not all clients do so at once.</param>
public sealed record SyncNeededEvent(int WithinMs);

/// <param name="ReconnectAfterMs">Reconnect after this many milliseconds: a random number of 0 to 10,000 for each connection.</param>
public sealed record ServerDrainingEvent(int ReconnectAfterMs);

public sealed record JoinRequest
{
    public required Guid ConversationId { get; init; }

    /// <summary>
    /// The last revision that the client has, 0 for nothing. If omitted, the response contains only the sequence and the revision.
    /// </summary>
    [Optional]
    public long? SinceRevision { get; init; }

    /// <summary>
    /// The last personal revision that the client has, 0 for nothing. If it or <see cref="SinceRevision"/> is omitted, the response has no
    /// hidden messages.
    /// </summary>
    [Optional]
    public long? SincePersonalRevision { get; init; }
}

public sealed record LeaveRequest
{
    public required Guid ConversationId { get; init; }
}

public sealed record TypingRequest
{
    public required Guid ConversationId { get; init; }

    public required bool IsTyping { get; init; }
}

public sealed record ReadRequest
{
    public required Guid ConversationId { get; init; }

    /// <summary>Read up to the newest of these messages; up to the newest message of the conversation if omitted.</summary>
    [Optional]
    public IReadOnlyList<Guid>? MessageIds { get; init; }
}
