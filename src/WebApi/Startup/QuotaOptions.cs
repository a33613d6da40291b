using System.ComponentModel.DataAnnotations;
using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Options of the daily quota: free messages per day, the price of further messages, and the time zone of the day.</summary>
internal sealed class QuotaOptions : IValidatableObject
{
    public const string Section = "Quota";

    /// <summary>Free messages per user and day; 20 by default.</summary>
    [Range(0, QuotaPolicy.DailyFreeLimitMax)]
    public int DailyFreeLimit { get; set; } = QuotaPolicy.DefaultDailyFreeLimit;

    /// <summary>Price of each further message in points; 10 by default.</summary>
    [Range(0, QuotaPolicy.PointsPerMessageMax)]
    public long PointsPerMessage { get; set; } = QuotaPolicy.DefaultPointsPerMessage;

    /// <summary>The IANA time zone in which a day begins at midnight; UTC by default.</summary>
    [Required]
    public string TimeZone { get; set; } = "UTC";

    public QuotaPolicy ToPolicy() => new(DailyFreeLimit, PointsPerMessage, TimeZoneInfo.FindSystemTimeZoneById(TimeZone));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) || !zone.HasIanaId)
        {
            yield return new ValidationResult(
                $"Quota:TimeZone '{TimeZone}' is not an IANA time zone that this machine knows.", [nameof(TimeZone)]);
        }
    }
}
