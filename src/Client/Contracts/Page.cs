namespace CleanMessaging.Client;

/// <summary>A page of a list.</summary>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
