using CleanMessaging.Infrastructure.Postgres;

namespace CleanMessaging.Infrastructure.Persistence;

internal static class StatementTimeout
{
    /// <summary>Returns the time limit of a statement in seconds: the remaining time of the request, but at most the usual limit.</summary>
    /// <exception cref="DatabaseTimeoutException">No time remains.</exception>
    public static int Within(TimeSpan remaining, int usual)
    {
        if (remaining <= TimeSpan.Zero)
            throw new DatabaseTimeoutException("There is no time left for another statement.");

        // A command's time-out is in whole seconds, and 0 means no time-out.
        return Math.Clamp((int)remaining.TotalSeconds, 1, usual);
    }
}
