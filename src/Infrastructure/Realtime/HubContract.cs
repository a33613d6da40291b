using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>What the server tells a connection. Each event is one object, so that it can grow.</summary>
public interface IMessagingClient
{
    /// <summary>To a new connection: who it is taken for.</summary>
    Task Connected(ConnectedEvent connected);

    /// <summary>To a connection that has joined a conversation: where the conversation stands.</summary>
    Task Joined(JoinedConversation joined);

    /// <summary>To all who joined, the sender's other devices included.</summary>
    Task NewMessage(NewMessageEvent newMessage);

    /// <summary>To the others who joined. Not stored; holds until <see cref="TypingEvent.Until"/> at most.</summary>
    Task Typing(TypingEvent typing);

    /// <summary>To all who joined: a read pointer moved.</summary>
    Task Read(ReadEvent read);

    /// <summary>To each participant's every connection, joined or not: what a list of conversations shows.</summary>
    Task ConversationUpdated(ConversationUpdatedEvent updated);

    /// <summary>To every connection of a server that may have missed events: ask for what is missing.</summary>
    Task SyncNeeded(SyncNeededEvent needed);

    /// <summary>To every connection of a server that is about to stop: connect anew.</summary>
    Task ServerDraining(ServerDrainingEvent draining);
}

public sealed record ConnectedEvent(Guid UserId);

public sealed record NewMessageEvent(Guid ConversationId, MessageResponse Message);

/// <param name="Until">When to forget it without another event.</param>
/// <param name="Sequence">Of the conversation's newest message.</param>
/// <param name="Revision">Where the conversation stands; who has less has missed something.</param>
public sealed record TypingEvent(Guid ConversationId, Guid UserId, bool IsTyping, DateTimeOffset Until, long Sequence, long Revision);

/// <param name="MessageIds">The messages newly covered, oldest first; the newest 100 at most. The pointer is what counts.</param>
/// <param name="LastReadSequence">Everything up to and including this sequence is read by the user.</param>
/// <param name="Sequence">Of the conversation's newest message.</param>
/// <param name="Revision">Where the conversation stands; who has less has missed something.</param>
public sealed record ReadEvent(
    Guid ConversationId,
    Guid UserId,
    IReadOnlyList<Guid> MessageIds,
    long LastReadSequence,
    long Sequence,
    long Revision);

/// <param name="Conversation">As the recipient sees it.</param>
public sealed record ConversationUpdatedEvent(ConversationResponse Conversation);

/// <param name="WithinMs">Ask at a random moment within so many milliseconds, so that not all ask at once.</param>
public sealed record SyncNeededEvent(int WithinMs);

/// <param name="ReconnectAfterMs">Connect anew after so many milliseconds, a random number of 0 to 10,000 for each connection.</param>
public sealed record ServerDrainingEvent(int ReconnectAfterMs);

public sealed record JoinRequest
{
    public required Guid ConversationId { get; init; }

    /// <summary>The last revision that the client has, 0 for nothing; the numbers alone are answered when left out.</summary>
    [Optional]
    public long? SinceRevision { get; init; }
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

    /// <summary>Up to the newest of these; everything when left out.</summary>
    [Optional]
    public IReadOnlyList<Guid>? MessageIds { get; init; }
}
