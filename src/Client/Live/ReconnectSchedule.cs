namespace CleanMessaging.Client;

/// <summary>
/// Decides how long a session waits between two attempts to connect: a random time, so that the clients of a server that was away do not come
/// back all at once. In the foreground the wait stops growing early, so that the session is back within seconds after the server is.
/// </summary>
internal sealed class ReconnectSchedule(MessagingSessionOptions options)
{
    private readonly Backoff _background = new(options.FirstRetry, options.LongestRetry);

    private readonly Backoff _foreground = new(
        options.FirstRetry, options.LongestRetry < options.LongestForegroundRetry ? options.LongestRetry : options.LongestForegroundRetry);

    /// <summary>The wait after some failures in a row, 1 or more; never longer than the limit of the option for where the session is.</summary>
    public TimeSpan After(int failures, bool isInForeground)
    {
        if (!isInForeground)
            return _background.After(failures);

        // Once the waits have stopped growing, never less than half of the longest: short ones would only add attempts.
        var limit = _foreground.LimitAfter(failures);
        var isLongest = limit == _foreground.LimitAfter(failures + 1);

        return isLongest ? (limit / 2) + (_foreground.After(failures) / 2) : _foreground.After(failures);
    }

    /// <summary>How long a connection has to have stood so that the failures before it no longer count.</summary>
    public TimeSpan LimitAfter(int failures) => _background.LimitAfter(failures);
}
