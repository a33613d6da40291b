namespace CleanMessaging.Client;

/// <summary>A part of a list.</summary>
/// <param name="NextCursor">Hand it in for the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
