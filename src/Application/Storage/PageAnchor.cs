using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Storage;

/// <summary>The start and the direction of a page of messages.</summary>
/// <param name="Direction">Whether the page contains older or newer messages, the nearest first.</param>
/// <param name="AnchorId">The message where the page starts, which may have expired; null to start at the end of the conversation.</param>
/// <param name="Sequence">The sequence where the page starts, instead of a message. A message with this sequence need not exist.</param>
public sealed record PageAnchor(PageDirection Direction, MessageId? AnchorId = null, long? Sequence = null);

/// <summary>The direction of a page.</summary>
public enum PageDirection
{
    Older,
    Newer,
}
