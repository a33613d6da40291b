using System.ComponentModel.DataAnnotations;
using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.WebApi.Startup;

/// <summary>How many messages a day are free, what the others cost, and where a day begins.</summary>
internal sealed class QuotaOptions : IValidatableObject
{
    public const string Section = "Quota";

    /// <summary>Free messages per user and day; 20 by default.</summary>
    [Range(0, QuotaPolicy.DailyFreeLimitMax)]
    public int DailyFreeLimit { get; set; } = QuotaPolicy.DefaultDailyFreeLimit;

    /// <summary>Price of each further message in points; 10 by default.</summary>
    [Range(0, QuotaPolicy.PointsPerMessageMax)]
    public long PointsPerMessage { get; set; } = QuotaPolicy.DefaultPointsPerMessage;

    /// <summary>The IANA time zone whose midnight begins a day; UTC by default.</summary>
    [Required]
    public string TimeZone { get; set; } = "UTC";

    public QuotaPolicy ToPolicy() => new(DailyFreeLimit, PointsPerMessage, TimeZoneInfo.FindSystemTimeZoneById(TimeZone));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) || !zone.HasIanaId)
            yield return new ValidationResult($"Quota:TimeZone '{TimeZone}' is no IANA time zone of this machine.", [nameof(TimeZone)]);
    }
}
