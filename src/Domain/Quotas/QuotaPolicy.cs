namespace CleanMessaging.Domain.Quotas;

/// <summary>How many messages a day are free, what the others cost, and where a day begins.</summary>
/// <param name="DailyFreeLimit">Free messages per user and day, 0 or more.</param>
/// <param name="PointsPerMessage">Price of each further message in points, 0 or more.</param>
/// <param name="TimeZone">The one zone whose calendar decides what "today" is, for every user and every server.</param>
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

    /// <summary>The most that a free limit can be set to.</summary>
    public const int DailyFreeLimitMax = 1_000_000;

    /// <summary>The most that a message can be made to cost, in points.</summary>
    public const long PointsPerMessageMax = 1_000_000;

    /// <summary>20 free messages per UTC day, 10 points for each further one.</summary>
    public static readonly QuotaPolicy Default = new(DefaultDailyFreeLimit, DefaultPointsPerMessage, TimeZoneInfo.Utc);

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>The calendar day that an instant falls on.</summary>
    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, TimeZone).DateTime);

    /// <summary>
    /// The first instant of a calendar day, in UTC. Where a clock change skips midnight the day begins at the first time that
    /// exists; where it repeats midnight, at the earlier one; where it skips a whole day, that day begins with the next.
    /// </summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var usual = midnight - TimeZone.GetUtcOffset(midnight);
        if (DayOf(usual) == day && DayOf(usual - _second) < day)
            return usual;

        // Near a clock change. Searched for by the same conversion that DayOf uses, so that the two cannot disagree. The other direction, from local time
        // to UTC, does not know every midnight that a clock change skips (Damascus 2022, Asuncion 2024).
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
