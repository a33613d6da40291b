namespace CleanMessaging.Client;

/// <summary>Where the user stands today.</summary>
/// <param name="MessagesSentToday">Messages that counted today, free and paid.</param>
/// <param name="RemainingFree">Free messages left today.</param>
/// <param name="RequiresPoints">Whether the next message costs points.</param>
/// <param name="PointsPerMessage">What a message costs once the free ones are used up, in points.</param>
/// <param name="DailyFreeLimit">Free messages a day.</param>
/// <param name="ResetsAt">When the free messages return, by the server's clock.</param>
/// <param name="Balance">Points in the wallet.</param>
public sealed record Quota(
    int MessagesSentToday,
    int RemainingFree,
    bool RequiresPoints,
    long PointsPerMessage,
    int DailyFreeLimit,
    DateTimeOffset ResetsAt,
    long Balance);
