namespace CleanMessaging.Client;

/// <summary>Wakes whoever waits. What is raised while nobody waits is not kept.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes when the signal is raised after this was asked for.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).SetResult();

    /// <summary>Waits for a time, or until the signal is raised.</summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken) =>
        WaitAsync(Next, atMost, clock, cancellationToken);

    /// <summary>The same for a signal that was asked for before, so that nothing raised since is missed.</summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static async Task WaitAsync(Task next, TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(atMost, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The time has passed.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
