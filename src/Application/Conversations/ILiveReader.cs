using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Reads conversations for live events and joins, over connections of its own. Many conversations and viewers share one statement.
/// </summary>
public interface ILiveReader
{
    /// <summary>
    /// Reads these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.
    /// </summary>
    Task<IReadOnlyList<ConversationView>> ViewAsync(
        IReadOnlyList<UserId> viewerIds, IReadOnlyList<ConversationId> conversationIds, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a conversation that the viewer joins; returns null if the viewer is not a participant. Concurrent calls share a statement,
    /// which starts after the call.
    /// </summary>
    Task<JoinedView?> JoinAsync(UserId viewerId, ConversationId conversationId, CancellationToken cancellationToken);

    /// <summary>Reads those of these messages that both participants of their conversations see.</summary>
    Task<IReadOnlyList<MessageResponse>> MessagesAsync(IReadOnlyList<MessageId> messageIds, CancellationToken cancellationToken);

    /// <summary>Returns the receipt of each of these reads, in the same order; null if the conversation does not exist.</summary>
    Task<IReadOnlyList<ReadReceipt?>> ReceiptsOfAsync(IReadOnlyList<MessagesRead> reads, CancellationToken cancellationToken);
}

/// <param name="At">The instant at which messages counted as visible.</param>
public sealed record JoinedView(ConversationResponse Conversation, DateTimeOffset At);
