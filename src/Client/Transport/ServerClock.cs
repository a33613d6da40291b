namespace CleanMessaging.Client;

/// <summary>
/// Estimates the server's time from its responses and the local clocks. The error is about half of the fastest round trip and does not
/// depend on the local system time. Before the first response, the estimate is the local time.
/// </summary>
internal sealed class ServerClock(TimeProvider local)
{
    /// <summary>Assumed clock drift: the error of a measurement grows by this much per second, in seconds.</summary>
    private const double DriftPerSecond = 0.0001;

    /// <summary>
    /// A smaller correction does not raise <see cref="WasAhead"/>, and a smaller difference of the local clocks is ignored.
    /// </summary>
    private static readonly TimeSpan _noticeable = TimeSpan.FromSeconds(2);

    /// <summary>The error of a <c>Date</c> header, which has whole seconds.</summary>
    private static readonly TimeSpan _halfSecond = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Reading? _known;

    /// <summary>Raised when the estimate turns out to have been ahead of the server: items treated as expired may still be valid.</summary>
    public event Action? WasAhead;

    /// <summary>The estimated current time of the server.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return Estimate;
        }
    }

    /// <summary>Whether the estimate is based on a server time with a precision below one second.</summary>
    public bool IsExact
    {
        get
        {
            lock (_gate)
                return _known is { IsExact: true };
        }
    }

    private DateTimeOffset Estimate => _known is { } known ? known.ServerTime + PassedSince(known) : local.GetUtcNow();

    /// <summary>Processes a server time from the content of a response.</summary>
    /// <param name="serverTime">The server's time when it responded.</param>
    /// <param name="requestedAt">When the request was sent, from <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void AddReading(DateTimeOffset serverTime, long requestedAt)
    {
        var half = local.GetElapsedTime(requestedAt) / 2;
        Consider(Read(serverTime + half, half, isExact: true));
    }

    /// <summary>
    /// Processes a response's <c>Date</c> header. It has whole seconds and may come from a proxy, so that an exact time replaces it.
    /// </summary>
    public void AddDateReading(DateTimeOffset date, long requestedAt)
    {
        var half = local.GetElapsedTime(requestedAt) / 2;
        Consider(Read(date + _halfSecond + half, half + _halfSecond, isExact: false));
    }

    private void Consider(Reading reading)
    {
        DateTimeOffset shown;
        lock (_gate)
        {
            if (_known is { } known && !Supersedes(reading, known))
                return;

            shown = Estimate;
            _known = reading;
        }

        if (shown - reading.ServerTime > _noticeable)
            WasAhead?.Invoke();
    }

    private bool Supersedes(Reading reading, Reading known)
    {
        var decayed = known.Error + (local.GetElapsedTime(known.Stamp) * DriftPerSecond);

        // The readings contradict each other: one of the clocks was changed in between.
        var contradicts = (reading.ServerTime - Estimate).Duration() > reading.Error + decayed;
        if (reading.IsExact == known.IsExact)
            return reading.Error <= decayed || contradicts;

        return reading.IsExact || (contradicts && IsDoubtful(known));
    }

    /// <summary>
    /// Returns the time since a reading: the larger of the differences of the system clock and the monotonic clock. The monotonic clock can
    /// stop while the machine sleeps, and the system clock can be set back.
    /// </summary>
    private TimeSpan PassedSince(Reading known)
    {
        var shown = local.GetUtcNow() - known.Local;
        var measured = local.GetElapsedTime(known.Stamp);

        return shown > measured ? shown : measured;
    }

    /// <summary>Whether the machine slept, or its clock was changed, since a reading. The two cases cannot be distinguished.</summary>
    private bool IsDoubtful(Reading known) =>
        (local.GetUtcNow() - known.Local - local.GetElapsedTime(known.Stamp)).Duration() > _noticeable;

    private Reading Read(DateTimeOffset serverTime, TimeSpan error, bool isExact) =>
        new(serverTime, error, isExact, local.GetUtcNow(), local.GetTimestamp());

    /// <param name="ServerTime">The server's time at the reading.</param>
    /// <param name="Error">The maximum error of <paramref name="ServerTime"/>.</param>
    /// <param name="Local">The local system time at the reading.</param>
    /// <param name="Stamp">The monotonic timestamp at the reading.</param>
    private sealed record Reading(DateTimeOffset ServerTime, TimeSpan Error, bool IsExact, DateTimeOffset Local, long Stamp);
}
