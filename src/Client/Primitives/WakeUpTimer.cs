using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>Runs a callback when it is due. Each run returns the time until the next one. Runs never overlap.</summary>
internal sealed partial class WakeUpTimer : IAsyncDisposable
{
    /// <summary>The longest single delay. Longer waits are re-evaluated after it, because sleep and clock changes raise no event.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Signal _changed = new();
    private readonly TimeProvider _clock;
    private readonly Func<TimeSpan?> _run;
    private readonly ILogger _logger;
    private readonly Task _running;

    /// <param name="run">Does the due work, and returns the time until the next run; null for never.</param>
    public WakeUpTimer(TimeProvider clock, Func<TimeSpan?> run, ILogger logger)
    {
        _clock = clock;
        _run = run;
        _logger = logger;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Runs the callback again, because the time of the next run may have changed.</summary>
    public void Rearm() => _changed.Raise();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            var changed = _changed.Next;
            await Signal.WaitAsync(changed, RunOnce(), _clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan RunOnce()
    {
        try
        {
            return _run() is { } next ? Clamp(next) : Timeout.InfiniteTimeSpan;
        }
        catch (Exception exception)
        {
            Log.Failed(_logger, exception);

            return _longest;
        }
    }

    private static TimeSpan Clamp(TimeSpan time) => time < _shortest ? _shortest : time < _longest ? time : _longest;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Removing expired items failed; the client will retry")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
