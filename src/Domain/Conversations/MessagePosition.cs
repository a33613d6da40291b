namespace CleanMessaging.Domain.Conversations;

/// <summary>A message's place in its conversation.</summary>
internal readonly record struct MessagePosition(long Sequence, long Revision, DateTimeOffset At);
