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

    /// <summary>Reads those of these messages that are visible, each with the participants who see it.</summary>
    Task<IReadOnlyList<MessageWithViewers>> ChangedMessagesAsync(
        IReadOnlyList<MessageId> messageIds, CancellationToken cancellationToken);

    /// <summary>Reads conversations whose personal state has changed, as the users see them.</summary>
    Task<IReadOnlyList<ChangedPersonalState>> PersonalStatesAsync(
        IReadOnlyList<PersonalStateChanged> changes, CancellationToken cancellationToken);

    /// <summary>Returns the receipt of each of these reads, in the same order; null if the conversation does not exist.</summary>
    Task<IReadOnlyList<ReadReceipt?>> ReceiptsOfAsync(IReadOnlyList<MessagesRead> reads, CancellationToken cancellationToken);
}

/// <param name="At">The instant at which messages counted as visible.</param>
public sealed record JoinedView(ConversationResponse Conversation, DateTimeOffset At);
