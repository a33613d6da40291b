using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Messages;

/// <summary>Reads messages as a viewer sees them at an instant, each call in one statement.</summary>
public interface IMessageReader
{
    /// <summary>
    /// Reads a conversation's messages nearest to an anchor. The cost does not depend on the number of expired messages near the anchor.
    /// Returns null when the viewer is not a participant.
    /// </summary>
    Task<NearestMessages?> ReadNearestAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        PageAnchor anchor,
        int atMost,
        CancellationToken cancellationToken);

    /// <summary>
    /// Reads a conversation's messages nearest to a sequence on both sides, each side as <see cref="ReadNearestAsync"/> does. The message
    /// with this sequence is the first one of the newer side. Returns null when the viewer is not a participant.
    /// </summary>
    /// <param name="atMost">The maximum number of messages of each side.</param>
    Task<NearestOnBothSides?> ReadAroundAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        long sequence,
        int atMost,
        CancellationToken cancellationToken);

    /// <summary>
    /// Reads those of a conversation's messages with these sequences that the viewer sees, oldest first. Returns null when the viewer is
    /// not a participant.
    /// </summary>
    Task<IReadOnlyList<MessageResponse>?> ReadBySequenceAsync(
        UserId viewerId,
        ConversationId conversationId,
        IReadOnlyList<long> sequences,
        DateTimeOffset now,
        CancellationToken cancellationToken);

    /// <summary>Reads one message. Returns null when the viewer does not see it.</summary>
    Task<MessageResponse?> ReadAsync(UserId viewerId, MessageId messageId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Reads the texts that a message has had, oldest first. Empty when the viewer does not see the message.</summary>
    Task<IReadOnlyList<MessageVersionResponse>> ReadVersionsAsync(
        UserId viewerId, MessageId messageId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the changes of a conversation after a revision, in the order of the changes: changed messages, tombstones, and messages whose
    /// expiry was moved earlier and that have expired.
    /// </summary>
    /// <param name="atMost">The maximum number of messages, tombstones and expired messages.</param>
    Task<ConversationChanges> ReadChangesAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        long sinceRevision,
        int atMost,
        CancellationToken cancellationToken);

    /// <summary>
    /// Reads the sequences of the messages that a user has hidden in a conversation after a personal revision, in that order.
    /// </summary>
    Task<IReadOnlyList<long>> ReadHiddenAsync(
        UserId userId,
        ConversationId conversationId,
        long sincePersonalRevision,
        int atMost,
        CancellationToken cancellationToken);

    /// <summary>
    /// Returns, for each of these conversations in order, the total text size in bytes of its changes after a revision. Adds a fixed number
    /// of bytes for each message and tombstone. Reads no text.
    /// </summary>
    Task<IReadOnlyList<long>> ReadSizesOfChangesAsync(
        UserId viewerId,
        IReadOnlyList<ConversationId> conversationIds,
        IReadOnlyList<long> sinceRevisions,
        DateTimeOffset now,
        int bytesPerMessage,
        CancellationToken cancellationToken);
}

/// <param name="Messages">The messages, the nearest first.</param>
/// <param name="Deleted">
/// Tombstones on the same side of the anchor, the nearest first, at most <see cref="GetMessagesQuery.DeletedMax"/>.
/// </param>
/// <param name="IsAnchorKnown">Whether the anchor is a message of the conversation; true without an anchor message.</param>
/// <param name="IsMoreBehind">
/// Whether there are visible messages in the opposite direction, including the anchor; false without an anchor.
/// </param>
public sealed record NearestMessages(
    IReadOnlyList<MessageResponse> Messages, IReadOnlyList<Tombstone> Deleted, bool IsAnchorKnown, bool IsMoreBehind);

/// <summary>The messages and tombstones nearest to a sequence, on both sides, each side with the nearest first.</summary>
/// <param name="Older">Those with lower sequences.</param>
/// <param name="Newer">Those with this or higher sequences.</param>
public sealed record NearestOnBothSides(NearestMessages Older, NearestMessages Newer);

/// <summary>The changes of a conversation after a revision.</summary>
/// <param name="Expired">The sequences of the messages that have expired, and whose expiry was moved earlier after the send.</param>
public sealed record ConversationChanges(
    IReadOnlyList<MessageResponse> Messages, IReadOnlyList<Tombstone> Deleted, IReadOnlyList<long> Expired)
{
    public static readonly ConversationChanges None = new([], [], []);

    /// <summary>The sequences of the messages that the viewer has hidden.</summary>
    public IReadOnlyList<long> Hidden { get; init; } = [];

    /// <summary>The number of changed, deleted, expired and hidden messages.</summary>
    public int Count => Messages.Count + Deleted.Count + Expired.Count + Hidden.Count;
}
