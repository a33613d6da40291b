namespace CleanMessaging.Domain.Primitives;

/// <summary>Times as PostgreSQL stores them: UTC, whole microseconds.</summary>
public static class Instant
{
    /// <summary>The smallest distance between two times that storage can tell apart.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMicroseconds(1);

    /// <summary>
    /// The same instant in UTC, cut to whole microseconds. .NET counts in 100 ns; a time that is not cut first comes back from
    /// the database unequal to itself.
    /// </summary>
    public static DateTimeOffset ToStored(this DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();

        return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
