namespace CleanMessaging.Domain.Primitives;

/// <summary>Converts times to the form that PostgreSQL stores: UTC, whole microseconds.</summary>
public static class Instant
{
    /// <summary>The resolution of stored times.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMicroseconds(1);

    /// <summary>
    /// Returns the same instant in UTC, truncated to whole microseconds. .NET times have a resolution of 100 ns: without truncation a
    /// stored time would differ from the original.
    /// </summary>
    public static DateTimeOffset ToStored(this DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();

        return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
