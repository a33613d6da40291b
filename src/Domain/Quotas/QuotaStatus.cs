namespace CleanMessaging.Domain.Quotas;

/// <summary>Where a user stands at an instant.</summary>
/// <param name="MessagesSentToday">Messages that counted today, free and paid.</param>
/// <param name="RemainingFree">Free messages left today, 0 or more.</param>
/// <param name="NextPrice">What the next message costs, in points; 0 while it is free.</param>
/// <param name="PointsPerMessage">What a message costs once the free ones are used up, in points.</param>
/// <param name="DailyFreeLimit">Free messages a day.</param>
/// <param name="ResetsAt">The instant at which the free messages return, in UTC.</param>
public sealed record QuotaStatus(
    int MessagesSentToday,
    int RemainingFree,
    long NextPrice,
    long PointsPerMessage,
    int DailyFreeLimit,
    DateTimeOffset ResetsAt);
