namespace CleanMessaging.Application.Storage;

/// <summary>Where a list goes on.</summary>
/// <param name="NextCursor">Hand it in as <c>cursor</c> for the next page; null on the last one.</param>
public sealed record CursorPage(string? NextCursor);
