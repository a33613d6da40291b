namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Reports the user's read position to the server: the first report at once, then at most one per second, always with the latest position.
/// One report runs at a time.
/// </summary>
/// <param name="report">Sends the report to the server; handles its own failures.</param>
internal sealed class ReadReports<T>(Func<T, Task> report, TimeProvider clock) : IDisposable
    where T : class
{
    private static readonly TimeSpan _spacing = TimeSpan.FromSeconds(1);

    private T? _next;
    private long? _reportedAt;
    private bool _isReporting;
    private ITimer? _timer;

    /// <summary>Schedules a report. A later message replaces it before it is sent.</summary>
    public void Report(T upTo)
    {
        _next = upTo;
        Plan();
    }

    /// <summary>Sends the scheduled report at once, because there may be no later opportunity.</summary>
    public void Flush()
    {
        if (!_isReporting)
            _ = ReportAsync();
    }

    public void Dispose()
    {
        Flush();
        _timer?.Dispose();
    }

    private void Plan()
    {
        if (_isReporting || _timer is not null)
            return;

        var wait = _reportedAt is { } at ? _spacing - clock.GetElapsedTime(at) : TimeSpan.Zero;
        if (wait <= TimeSpan.Zero)
            _ = ReportAsync();
        else
            _timer = clock.CreateTimer(_ => Flush(), null, wait, Timeout.InfiniteTimeSpan);
    }

    private async Task ReportAsync()
    {
        _timer?.Dispose();
        _timer = null;
        if (_next is not { } next)
            return;

        _next = null;
        _isReporting = true;
        _reportedAt = clock.GetTimestamp();
        try
        {
            await report(next);
        }
        finally
        {
            _isReporting = false;
        }

        if (_next is not null)
            Plan();
    }
}
