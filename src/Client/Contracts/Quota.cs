namespace CleanMessaging.Client;

/// <summary>The user's free messages, price and balance today.</summary>
/// <param name="MessagesSentToday">Number of messages sent today, free and paid.</param>
/// <param name="RemainingFree">Free messages left today.</param>
/// <param name="RequiresPoints">Whether the next message costs points.</param>
/// <param name="PointsPerMessage">The price in points of a message after the free ones are used up.</param>
/// <param name="DailyFreeLimit">Free messages a day.</param>
/// <param name="ResetsAt">When the free messages are reset, by the server's clock.</param>
/// <param name="Balance">Points in the wallet.</param>
public sealed record Quota(
    int MessagesSentToday,
    int RemainingFree,
    bool RequiresPoints,
    long PointsPerMessage,
    int DailyFreeLimit,
    DateTimeOffset ResetsAt,
    long Balance);
