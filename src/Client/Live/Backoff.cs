namespace CleanMessaging.Client;

/// <summary>How long to wait before the next attempt: a random time up to a limit that doubles, so that many that failed together do not come back together.</summary>
/// <param name="first">The limit after the first failure.</param>
/// <param name="most">Where the limit stops growing.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan most)
{
    private const int DoublingsMax = 20;

    /// <param name="failures">How many attempts in a row have failed, 1 or more.</param>
    public TimeSpan After(int failures)
    {
        var limit = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, DoublingsMax)));

        return TimeSpan.FromMilliseconds(limit * Random.Shared.NextDouble());
    }
}
