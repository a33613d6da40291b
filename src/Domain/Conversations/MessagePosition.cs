namespace CleanMessaging.Domain.Conversations;

/// <summary>The position of a message in its conversation.</summary>
internal readonly record struct MessagePosition(long Sequence, long Revision, DateTimeOffset At);
