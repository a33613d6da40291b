using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Attachments.Scanning;

/// <summary>Cancels a scan after a time, which grows by a second for each MiB that was sent.</summary>
internal sealed class ScanTimeLimit : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _wait;
    private long _bytes;

    public ScanTimeLimit(TimeSpan wait, CancellationToken cancellationToken)
    {
        _wait = wait;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _source.CancelAfter(wait);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Extends the time after bytes were sent.</summary>
    public void Extend(int bytes)
    {
        var before = _bytes >> 20;
        _bytes += bytes;
        if (_bytes >> 20 == before)
            return;

        var left = _wait + TimeSpan.FromSeconds(_bytes >> 20) - Stopwatch.GetElapsedTime(_started);
        _source.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Dispose() => _source.Dispose();
}
