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

    /// <summary>Reads all changes of a conversation after a revision, in the order of the changes.</summary>
    Task<IReadOnlyList<MessageResponse>> ReadChangesAsync(
        UserId viewerId, ConversationId conversationId, DateTimeOffset now, long sinceRevision, CancellationToken cancellationToken);

    /// <summary>
    /// Returns, for each of these conversations in order, the total text size in bytes of its changes after a revision. Adds a fixed number
    /// of bytes for each change. Reads no text.
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
/// <param name="IsAnchorKnown">Whether the anchor is a message of the conversation; true without an anchor message.</param>
/// <param name="IsMoreBehind">
/// Whether there are visible messages in the opposite direction, including the anchor; false without an anchor.
/// </param>
public sealed record NearestMessages(IReadOnlyList<MessageResponse> Messages, bool IsAnchorKnown, bool IsMoreBehind);
