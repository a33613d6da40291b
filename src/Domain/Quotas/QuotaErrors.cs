using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Quotas;

public static class QuotaErrors
{
    public static DomainError ConsentRequired(QuotaStatus quota, long balance) => new(
        "payment.consent_required",
        ErrorKind.PaymentRequired,
        string.Create(CultureInfo.InvariantCulture, $"This message costs {quota.NextPrice} points, more than you agreed to pay."))
    {
        Details = new Dictionary<string, object?>
        {
            ["price"] = quota.NextPrice,
            ["balance"] = balance,
            ["remainingFree"] = quota.RemainingFree,
            ["resetsAt"] = quota.ResetsAt,
        },
    };

    public static readonly DomainError InvalidMaxPoints =
        new("payment.invalid_max_points", ErrorKind.Invalid, "maxPoints must be 0 or more.");

    public static readonly DomainError LimitOutOfRange = new(
        "quota.out_of_range",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture,
            $"A free limit must be 0 to {QuotaPolicy.DailyFreeLimitMax:N0} messages and a price 0 to {QuotaPolicy.PointsPerMessageMax:N0} points."));
}
