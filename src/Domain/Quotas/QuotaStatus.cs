namespace CleanMessaging.Domain.Quotas;

/// <summary>The status of a user's quota at an instant.</summary>
/// <param name="MessagesSentToday">Messages counted today, free and paid.</param>
/// <param name="RemainingFree">Free messages left today, 0 or more.</param>
/// <param name="NextPrice">The price of the next message, in points; 0 while it is free.</param>
/// <param name="PointsPerMessage">The price of a message after the free ones are used up, in points.</param>
/// <param name="DailyFreeLimit">Free messages per day.</param>
/// <param name="ResetsAt">The instant at which the free messages are available again, in UTC.</param>
public sealed record QuotaStatus(
    int MessagesSentToday,
    int RemainingFree,
    long NextPrice,
    long PointsPerMessage,
    int DailyFreeLimit,
    DateTimeOffset ResetsAt);
