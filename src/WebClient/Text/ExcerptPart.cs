namespace CleanMessaging.WebClient.Text;

/// <summary>A part of an excerpt.</summary>
/// <param name="IsMarked">Whether the part matches a search.</param>
internal readonly record struct ExcerptPart(string Text, bool IsMarked);
