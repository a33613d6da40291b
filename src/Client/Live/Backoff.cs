namespace CleanMessaging.Client;

/// <summary>How long to wait before the next attempt: a random time up to a limit that doubles, so that many that failed together do not come back together.</summary>
/// <param name="first">The limit after the first failure.</param>
/// <param name="most">Where the limit stops growing.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan most)
{
    private const int DoublingsMax = 20;

    /// <param name="failures">How many attempts in a row have failed, 1 or more.</param>
    public TimeSpan After(int failures) => LimitAfter(failures) * Random.Shared.NextDouble();

    /// <summary>The most that is waited after so many failures.</summary>
    public TimeSpan LimitAfter(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, DoublingsMax))));

    /// <summary>Waits after a failure: for as long as the server asks for and then some, otherwise until woken at the latest.</summary>
    /// <param name="woken">Completes when the next attempt should come at once; taken before the attempt that failed, so that nothing is missed.</param>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public Task PauseAsync(int failures, Exception failure, Task woken, TimeProvider clock, CancellationToken cancellationToken)
    {
        var pause = After(failures);

        return failure is MessagingException { RetryAfter: { } asked }
            ? Task.Delay(asked + pause, clock, cancellationToken)
            : Signal.WaitAsync(woken, pause, clock, cancellationToken);
    }
}
