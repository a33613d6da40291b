namespace CleanMessaging.Client;

/// <summary>A text that a message has or had.</summary>
/// <param name="Number">The <see cref="Message.Version"/> of the message with this text; 0 for the text as it was sent.</param>
/// <param name="WrittenAt">When the text was sent or edited.</param>
public sealed record MessageVersion(int Number, string? Content, DateTimeOffset WrittenAt);
