namespace CleanMessaging.Application.Storage;

/// <summary>From where, and in which direction, messages are looked for.</summary>
/// <param name="Direction">Older or newer ones, the nearest first.</param>
/// <param name="AnchorId">The message to count from, which may have expired; null to begin at the end.</param>
/// <param name="WithAnchor">Whether the message counted from belongs to them.</param>
public sealed record PagePlace(PageDirection Direction, Guid? AnchorId, bool WithAnchor = false);

/// <summary>Which way a page goes.</summary>
public enum PageDirection
{
    Older,
    Newer,
}
