namespace CleanMessaging.Client;

/// <summary>Runs something when its time has come; each run says when the next one is due.</summary>
internal sealed class Deadline : IDisposable
{
    /// <summary>Longer ones are looked at again in between.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);

    private readonly Lock _running = new();
    private readonly Func<TimeSpan?> _run;
    private readonly ITimer _timer;
    private int _asked;

    /// <param name="run">Does what is due, and returns how long it is until more is; null for never.</param>
    public Deadline(TimeProvider clock, Func<TimeSpan?> run)
    {
        _run = run;
        _timer = clock.CreateTimer(_ => Run(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something has changed: looks again.</summary>
    public void Rearm()
    {
        Interlocked.Increment(ref _asked);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Run()
    {
        lock (_running)
        {
            int asked;
            TimeSpan? next;
            do
            {
                asked = Volatile.Read(ref _asked);
                next = _run();
            }
            while (asked != Volatile.Read(ref _asked));

            if (next is { } time)
                _timer.Change(time < TimeSpan.Zero ? TimeSpan.Zero : time < _longest ? time : _longest, Timeout.InfiniteTimeSpan);
        }
    }
}
