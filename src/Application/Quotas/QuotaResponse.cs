using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.Application.Quotas;

/// <summary>A user's quota and balance.</summary>
/// <param name="MessagesSentToday">Messages counted today, free and paid.</param>
/// <param name="RequiresPoints">Whether the next message costs points.</param>
/// <param name="PointsPerMessage">The price of a message after the free ones are used up, in points.</param>
/// <param name="ResetsAt">When the free messages are available again.</param>
/// <param name="Balance">Points in the wallet.</param>
public sealed record QuotaResponse(
    int MessagesSentToday,
    int RemainingFree,
    bool RequiresPoints,
    long PointsPerMessage,
    int DailyFreeLimit,
    DateTimeOffset ResetsAt,
    long Balance)
{
    internal static QuotaResponse From(QuotaStatus status, long balance) => new(
        status.MessagesSentToday,
        status.RemainingFree,
        status.NextPrice > 0,
        status.PointsPerMessage,
        status.DailyFreeLimit,
        status.ResetsAt,
        balance);
}
