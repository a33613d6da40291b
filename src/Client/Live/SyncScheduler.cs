using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Runs synchronization tasks when they are due, one at a time. Duplicate requests are merged. A failed task is retried and does not block
/// others.
/// </summary>
/// <param name="run">Runs a task; returns the interval after which it is repeated, or null for never.</param>
internal sealed partial class SyncScheduler(
    TimeProvider clock, Backoff backoff, ILogger logger, Func<SyncTask, CancellationToken, Task<TimeSpan?>> run)
{
    private readonly long _started = clock.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<SyncTask, TimeSpan> _requested = [];
    private readonly Dictionary<SyncTask, int> _failures = [];
    private readonly Signal _changed = new();

    /// <summary>The time by the monotonic clock, so that a change of the system clock does not delay due tasks.</summary>
    private TimeSpan Now => clock.GetElapsedTime(_started);

    private bool IsFailing
    {
        get
        {
            lock (_gate)
                return _failures.Count > 0;
        }
    }

    /// <summary>Requests a task after a delay, unless it is already due earlier.</summary>
    public void Request(SyncTask task, TimeSpan after)
    {
        var due = Now + after;
        lock (_gate)
        {
            if (_requested.TryGetValue(task, out var earlier) && earlier <= due)
                return;

            _requested[task] = due;
        }

        _changed.Raise();
    }

    /// <summary>Cancels a requested task.</summary>
    public void Cancel(SyncTask task)
    {
        lock (_gate)
        {
            _requested.Remove(task);
            _failures.Remove(task);
        }
    }

    /// <summary>Runs due tasks until the call is canceled or the sign-in has ended.</summary>
    /// <param name="onInSync">Called once, when no task is due and none is failing.</param>
    /// <exception cref="SignedOutException">The sign-in has ended.</exception>
    public async Task RunAsync(Action onInSync, CancellationToken cancellationToken)
    {
        var wasInSync = false;
        while (true)
        {
            var changed = _changed.Next;
            if (TakeDue(out var wait) is { } due)
            {
                await RunAsync(due, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (!wasInSync && !IsFailing)
            {
                wasInSync = true;
                onInSync();
            }

            await Signal.WaitAsync(changed, wait, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(SyncTask task, CancellationToken cancellationToken)
    {
        try
        {
            var interval = await run(task, cancellationToken).ConfigureAwait(false);
            lock (_gate)
                _failures.Remove(task);
            if (interval is { } next)
                Request(task, Jitter(next));
        }
        catch (MessagingException exception) when (exception is not SignedOutException)
        {
            int failures;
            lock (_gate)
                failures = _failures[task] = _failures.GetValueOrDefault(task) + 1;
            Log.Failed(logger, task.GetType().Name, failures, exception.Code);
            Request(task, (exception.RetryAfter ?? TimeSpan.Zero) + backoff.After(failures));
        }
        catch (Exception)
        {
            // The connection has ended; the task runs with the next connection.
            Request(task, TimeSpan.Zero);
            throw;
        }
    }

    /// <summary>Returns the next due task, or the time until one is due.</summary>
    private SyncTask? TakeDue(out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = Timeout.InfiniteTimeSpan;
            if (_requested.Count == 0)
                return null;

            var (task, due) = _requested.MinBy(requested => requested.Value);
            wait = due - Now;
            if (wait > TimeSpan.Zero)
                return null;

            _requested.Remove(task);

            return task;
        }
    }

    /// <summary>Varies an interval randomly by up to 25%, so that clients do not send requests at the same moment.</summary>
    private static TimeSpan Jitter(TimeSpan interval) => interval * (0.75 + (Random.Shared.NextDouble() / 2));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Synchronization of {Subject} failed {Failures} times in a row ({Code}); the client will retry")]
        public static partial void Failed(ILogger logger, string subject, int failures, string code);
    }
}
