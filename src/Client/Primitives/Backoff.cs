namespace CleanMessaging.Client;

/// <summary>
/// Exponential backoff with jitter: a random delay up to a limit that doubles with each failure. The jitter spreads the retries of clients
/// that fail at the same time.
/// </summary>
/// <param name="first">The limit after the first failure.</param>
/// <param name="most">The maximum of the limit.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan most)
{
    private const int DoublingsMax = 20;

    /// <param name="failures">How many attempts in a row have failed, 1 or more.</param>
    public TimeSpan After(int failures) => LimitAfter(failures) * Random.Shared.NextDouble();

    /// <summary>Returns the longest delay after the given number of failures.</summary>
    public TimeSpan LimitAfter(int failures) =>
        TimeSpan.FromMilliseconds(
            Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, DoublingsMax))));

    /// <summary>
    /// Waits after a failure. Waits for the server's retry delay plus the backoff, or for the backoff until <paramref name="woken"/>
    /// completes.
    /// </summary>
    /// <param name="woken">
    /// Completes when the next attempt should start at once. Obtain it before the failed attempt, so that no signal is missed.
    /// </param>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    public Task PauseAsync(int failures, Exception failure, Task woken, TimeProvider clock, CancellationToken cancellationToken)
    {
        var pause = After(failures);

        return failure is MessagingException { RetryAfter: { } retryAfter }
            ? Task.Delay(retryAfter + pause, clock, cancellationToken)
            : Signal.WaitAsync(woken, pause, clock, cancellationToken);
    }
}
