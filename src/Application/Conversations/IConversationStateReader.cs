using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Conversations;

/// <summary>Reads the current state of conversations for live events and joins, with one prepared statement for many conversations.</summary>
public interface IConversationStateReader
{
    /// <summary>Returns the conversations that exist, each once, with the unread counts of those of the viewers who are participants.</summary>
    Task<IReadOnlyList<ConversationState>> ReadAsync(
        IReadOnlyCollection<Guid> conversationIds, IReadOnlyCollection<Guid> viewerIds, CancellationToken cancellationToken);

    /// <summary>
    /// Returns a conversation without its last message; null if the viewer is not a participant. Concurrent calls share a statement, which starts after the call.
    /// </summary>
    Task<ConversationState?> JoinAsync(Guid conversationId, Guid viewerId, CancellationToken cancellationToken);

    /// <summary>Returns the receipt of each of these reads, in the same order.</summary>
    Task<IReadOnlyList<ReadReceiptEvent>> ReceiptsOfAsync(IReadOnlyList<MessagesRead> reads, CancellationToken cancellationToken);
}

/// <summary>A conversation at an instant.</summary>
/// <param name="UnreadCounts">The number of unread messages of each viewer.</param>
/// <param name="LastMessage">The newest visible message; null when there is none, or when it was not requested.</param>
/// <param name="LastMessageReadAt">When the other participant read the last message; null if unread.</param>
/// <param name="At">The instant at which messages are counted as visible.</param>
public sealed record ConversationState(
    Guid Id,
    long LastSequence,
    long Revision,
    DateTimeOffset CreatedAt,
    IReadOnlyList<ParticipantResponse> Participants,
    IReadOnlyDictionary<Guid, int> UnreadCounts,
    Message? LastMessage,
    DateTimeOffset? LastMessageReadAt,
    DateTimeOffset At);
