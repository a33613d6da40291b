using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>A user's reaction to a message.</summary>
/// <param name="At">When the user set it; later than the message and than every earlier change of it.</param>
public sealed record Reaction(UserId UserId, Emoji Emoji, DateTimeOffset At);
