namespace CleanMessaging.Client;

/// <summary>
/// Calculates the delay between two attempts to connect. The delay is random, so that clients do not reconnect all at once after a server
/// outage. In the foreground the limit is lower, so that the session reconnects within seconds after the server is available again.
/// </summary>
internal sealed class ReconnectSchedule(MessagingSessionOptions options)
{
    private readonly Backoff _background = new(options.FirstRetry, options.LongestRetry);

    private readonly Backoff _foreground = new(
        options.FirstRetry, options.LongestRetry < options.LongestForegroundRetry ? options.LongestRetry : options.LongestForegroundRetry);

    /// <summary>Returns the delay after 1 or more failures in a row, at most the limit for the foreground or background.</summary>
    public TimeSpan After(int failures, bool isInForeground)
    {
        if (!isInForeground)
            return _background.After(failures);

        // At the maximum, the delay is at least half of the limit: shorter delays would only add attempts.
        var limit = _foreground.LimitAfter(failures);
        var isLongest = limit == _foreground.LimitAfter(failures + 1);

        return isLongest ? (limit / 2) + (_foreground.After(failures) / 2) : _foreground.After(failures);
    }

    /// <summary>Returns how long a connection must last to reset the failure count.</summary>
    public TimeSpan LimitAfter(int failures) => _background.LimitAfter(failures);
}
