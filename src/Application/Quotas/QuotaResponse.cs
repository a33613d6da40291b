using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.Application.Quotas;

/// <summary>Where a user stands.</summary>
/// <param name="MessagesSentToday">Messages that counted today, free and paid.</param>
/// <param name="RequiresPoints">Whether the next message costs points.</param>
/// <param name="PointsPerMessage">What a message costs once the free ones are used up.</param>
/// <param name="ResetsAt">When the free messages return.</param>
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
