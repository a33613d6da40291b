namespace CleanMessaging.Client;

/// <summary>
/// The server's time, by this machine's clock and what answers tell: right to about half of the fastest round trip, whatever this
/// machine's clock says. Until the first answer it is this machine's time.
/// </summary>
internal sealed class ServerClock(TimeProvider local)
{
    /// <summary>Clocks drift: what was measured loses this much of its precision each second.</summary>
    private const double DriftPerSecond = 0.0001;

    private readonly Lock _gate = new();
    private TimeSpan _ahead;
    private TimeSpan _error;
    private long? _measured;

    /// <summary>What the server's clock shows now.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return local.GetUtcNow() + _ahead;
        }
    }

    /// <summary>Takes a time that an answer told in its content.</summary>
    /// <param name="serverTime">What the server's clock showed while it answered.</param>
    /// <param name="asked">When it was asked; of <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void Take(DateTimeOffset serverTime, long asked)
    {
        lock (_gate)
        {
            var roundTrip = local.GetElapsedTime(asked);
            var ahead = serverTime - (local.GetUtcNow() - (roundTrip / 2));
            var error = roundTrip / 2;
            var decayed = _measured is { } at ? _error + (local.GetElapsedTime(at) * DriftPerSecond) : TimeSpan.MaxValue;

            // Less exact than what is known; unless both cannot be true, because one of the clocks was set since.
            if (error > decayed && (ahead - _ahead).Duration() <= error + decayed)
                return;

            _ahead = ahead;
            _error = error;
            _measured = local.GetTimestamp();
        }
    }

    /// <summary>Takes an answer's <c>Date</c>, which is in whole seconds and perhaps a proxy's: only until something better comes.</summary>
    public void TakeDate(DateTimeOffset date, long asked)
    {
        lock (_gate)
        {
            if (_measured is null)
                _ahead = date + TimeSpan.FromMilliseconds(500) - (local.GetUtcNow() - (local.GetElapsedTime(asked) / 2));
        }
    }
}
