namespace CleanMessaging.Application.Storage;

/// <summary>From where, and in which direction, messages are looked for.</summary>
/// <param name="Direction">Older or newer ones, the nearest first.</param>
/// <param name="AnchorId">The message to count from, which may have expired; null to begin at the end.</param>
/// <param name="WithAnchor">Whether the message counted from belongs to them.</param>
/// <param name="Sequence">The number to count from instead of a message; there need not be a message of that number.</param>
public sealed record PageAnchor(PageDirection Direction, Guid? AnchorId, bool WithAnchor = false, long? Sequence = null);

/// <summary>Which way a page goes.</summary>
public enum PageDirection
{
    Older,
    Newer,
}
