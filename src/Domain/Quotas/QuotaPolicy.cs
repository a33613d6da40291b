namespace CleanMessaging.Domain.Quotas;

/// <summary>The free messages per day, the price of further messages, and the time zone that determines the day.</summary>
/// <param name="DailyFreeLimit">Free messages per user and day, 0 or more.</param>
/// <param name="PointsPerMessage">Price of each further message in points, 0 or more.</param>
/// <param name="TimeZone">The time zone that determines the current day, for every user and every server.</param>
public sealed record QuotaPolicy(int DailyFreeLimit, long PointsPerMessage, TimeZoneInfo TimeZone)
{
    /// <summary>Free messages per user and day.</summary>
    public int DailyFreeLimit { get; } = DailyFreeLimit is >= 0 and <= DailyFreeLimitMax
        ? DailyFreeLimit
        : throw new ArgumentOutOfRangeException(nameof(DailyFreeLimit));

    /// <summary>Price of each further message, in points.</summary>
    public long PointsPerMessage { get; } = PointsPerMessage is >= 0 and <= PointsPerMessageMax
        ? PointsPerMessage
        : throw new ArgumentOutOfRangeException(nameof(PointsPerMessage));

    public const int DefaultDailyFreeLimit = 20;
    public const long DefaultPointsPerMessage = 10;

    /// <summary>The maximum free limit.</summary>
    public const int DailyFreeLimitMax = 1_000_000;

    /// <summary>The maximum price of a message, in points.</summary>
    public const long PointsPerMessageMax = 1_000_000;

    /// <summary>20 free messages per UTC day, 10 points for each further one.</summary>
    public static readonly QuotaPolicy Default = new(DefaultDailyFreeLimit, DefaultPointsPerMessage, TimeZoneInfo.Utc);

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>Returns the calendar day of an instant.</summary>
    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, TimeZone).DateTime);

    /// <summary>
    /// Returns the first instant of a calendar day, in UTC. If a clock change skips midnight, the day begins at the first time that exists.
    /// If it repeats midnight, the day begins at the earlier one. If it skips a whole day, that day begins with the next one.
    /// </summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var usual = midnight - TimeZone.GetUtcOffset(midnight);
        if (DayOf(usual) == day && DayOf(usual - _second) < day)
            return usual;

        // Near a clock change: searches with the conversion that DayOf uses, so that both methods agree. The conversion from local time to
        // UTC does not handle every midnight that a clock change skips (Damascus 2022, Asuncion 2024).
        var before = -TimeSpan.SecondsPerDay;
        var start = TimeSpan.SecondsPerDay;
        while (start - before > 1)
        {
            var middle = (before + start) / 2;
            if (DayOf(midnight.AddSeconds(middle)) < day)
                before = middle;
            else
                start = middle;
        }

        return midnight.AddSeconds(start);
    }
}
