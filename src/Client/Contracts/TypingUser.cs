namespace CleanMessaging.Client;

/// <summary>A user who is typing.</summary>
/// <param name="Until">When the indicator expires, unless it is renewed.</param>
public sealed record TypingUser(Guid UserId, DateTimeOffset Until);
