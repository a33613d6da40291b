namespace CleanMessaging.Client;

/// <summary>
/// The server's time, by this machine's clocks and what answers tell: right to about half of the fastest round trip, whatever this
/// machine's clock says. Until the first answer it is this machine's time.
/// </summary>
internal sealed class ServerClock(TimeProvider local)
{
    /// <summary>Clocks drift: what was measured loses this much of its precision each second.</summary>
    private const double DriftPerSecond = 0.0001;

    /// <summary>Less than this is no reason to look again at what was taken for over.</summary>
    private static readonly TimeSpan _noticeable = TimeSpan.FromSeconds(2);

    /// <summary>A <c>Date</c> is in whole seconds.</summary>
    private static readonly TimeSpan _halfSecond = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Reading? _known;

    /// <summary>Raised when the time shown is found to have been ahead of the server's: what was taken for over may not be.</summary>
    public event Action? WasAhead;

    /// <summary>What the server's clock shows now.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return Estimate;
        }
    }

    /// <summary>Whether an answer has told the time to better than a second.</summary>
    public bool IsExact
    {
        get
        {
            lock (_gate)
                return _known is { IsExact: true };
        }
    }

    private DateTimeOffset Estimate => _known is { } known ? known.ServerTime + PassedSince(known) : local.GetUtcNow();

    /// <summary>Takes a time that an answer told in its content.</summary>
    /// <param name="serverTime">What the server's clock showed while it answered.</param>
    /// <param name="asked">When it was asked; of <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void Take(DateTimeOffset serverTime, long asked)
    {
        var half = local.GetElapsedTime(asked) / 2;
        Consider(Read(serverTime + half, half, isExact: true));
    }

    /// <summary>Takes an answer's <c>Date</c>, which is in whole seconds and perhaps a proxy's: only until something better comes.</summary>
    public void TakeDate(DateTimeOffset date, long asked)
    {
        var half = local.GetElapsedTime(asked) / 2;
        Consider(Read(date + _halfSecond + half, half + _halfSecond, isExact: false));
    }

    private void Consider(Reading told)
    {
        DateTimeOffset shown;
        lock (_gate)
        {
            if (_known is { } known && !Supersedes(told, known))
                return;

            shown = Estimate;
            _known = told;
        }

        if (shown - told.ServerTime > _noticeable)
            WasAhead?.Invoke();
    }

    private bool Supersedes(Reading told, Reading known)
    {
        var decayed = known.Error + (local.GetElapsedTime(known.Stamp) * DriftPerSecond);

        // Both cannot be true: one of the clocks was set since.
        var contradicts = (told.ServerTime - Estimate).Duration() > told.Error + decayed;
        if (told.IsExact == known.IsExact)
            return told.Error <= decayed || contradicts;

        return told.IsExact || (contradicts && IsDoubtful(known));
    }

    /// <summary>
    /// How much time has passed, by whichever of this machine's clocks shows more: one of them stops while the machine sleeps, the other one
    /// can be set back.
    /// </summary>
    private TimeSpan PassedSince(Reading known)
    {
        var shown = local.GetUtcNow() - known.Local;
        var measured = local.GetElapsedTime(known.Stamp);

        return shown > measured ? shown : measured;
    }

    /// <summary>Whether the machine has slept since, or its clock was set: nobody can say which.</summary>
    private bool IsDoubtful(Reading known) =>
        (local.GetUtcNow() - known.Local - local.GetElapsedTime(known.Stamp)).Duration() > _noticeable;

    private Reading Read(DateTimeOffset serverTime, TimeSpan error, bool isExact) =>
        new(serverTime, error, isExact, local.GetUtcNow(), local.GetTimestamp());

    /// <param name="ServerTime">What the server's clock showed at the reading.</param>
    /// <param name="Error">How far off that is at most.</param>
    /// <param name="Local">What this machine's clock showed.</param>
    /// <param name="Stamp">The same by the clock that nobody sets.</param>
    private sealed record Reading(DateTimeOffset ServerTime, TimeSpan Error, bool IsExact, DateTimeOffset Local, long Stamp);
}
