namespace CleanMessaging.Application.Storage;

/// <summary>The cursor of a list's next page.</summary>
/// <param name="NextCursor">Send it as <c>cursor</c> to get the next page; null on the last page.</param>
public sealed record CursorPage(string? NextCursor);
