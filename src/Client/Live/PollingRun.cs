namespace CleanMessaging.Client;

/// <summary>Runs synchronization over REST while live connections cannot be used. Not thread-safe.</summary>
/// <param name="synchronize">Synchronizes until it is canceled; calls its first argument when the session is synchronized.</param>
/// <param name="onEnded">Called when the synchronization ends by itself, for example because the sign-in has ended.</param>
internal sealed class PollingRun(Func<Action, CancellationToken, Task> synchronize, Action onInSync, Action onEnded)
{
    private CancellationTokenSource? _stopping;
    private TaskCompletionSource _inSync = new();
    private Task _running = Task.CompletedTask;

    public bool IsRunning => _stopping is not null && !_running.IsCompleted;

    /// <summary>The exception with which the synchronization has ended by itself since the latest start; null if it has not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Completes when the session is synchronized after the latest start.</summary>
    public Task InSync => _inSync.Task;

    /// <summary>Starts the synchronization; does nothing while it is running.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        if (IsRunning)
            return;

        _stopping?.Dispose();
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _inSync = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Failure = null;
        _running = RunAsync(_stopping.Token);
    }

    /// <summary>Stops the synchronization and waits until it has ended; does nothing when it is not running.</summary>
    public async Task StopAsync()
    {
        if (_stopping is not { } stopping)
            return;

        await stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
        _stopping = null;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await synchronize(
                () =>
                {
                    onInSync();
                    _inSync.TrySetResult();
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Failure = exception;
            onEnded();
        }
    }
}
