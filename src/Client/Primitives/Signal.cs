namespace CleanMessaging.Client;

/// <summary>Wakes all waiting tasks. A signal is not stored: raising it without waiters has no effect.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = New();

    /// <summary>A task that completes when the signal is raised the next time.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).SetResult();

    /// <summary>Waits for a time, or until the signal is raised.</summary>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    public Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken) =>
        WaitAsync(Next, atMost, clock, cancellationToken);

    /// <summary>
    /// Waits for a time, or until a task from <see cref="Next"/> completes. A signal raised since the task was obtained is not missed.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    public static async Task WaitAsync(Task next, TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(atMost, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The time has elapsed.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
