using CleanMessaging.Infrastructure.Attachments;

namespace CleanMessaging.WebApi.Limits;

/// <summary>A stream that reports when fewer than a minimum of bytes are read in a span of time.</summary>
internal sealed class PacedStream : AsyncReadStream
{
    private readonly Stream _content;
    private readonly long _minBytes;
    private readonly Action _end;
    private readonly ITimer _timer;
    private long _left;
    private long _read;
    private volatile bool _isTooSlow;

    /// <param name="length">The number of bytes of the content.</param>
    /// <param name="minBytes">How many bytes must be read in each span, until all are read.</param>
    /// <param name="end">Runs once, when fewer bytes were read.</param>
    public PacedStream(Stream content, long length, long minBytes, TimeSpan span, TimeProvider clock, Action end)
    {
        (_content, _left, _minBytes, _end) = (content, length, minBytes, end);
        _timer = clock.CreateTimer(_ => CheckSpan(), state: null, span, span);
    }

    /// <summary>Whether the stream was read too slowly.</summary>
    public bool IsTooSlow => _isTooSlow;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _content.ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref _read, read);

        // At the end nothing is left, also if the length was not known before.
        Interlocked.Add(ref _left, read == 0 && !buffer.IsEmpty ? -Interlocked.Read(ref _left) : -read);

        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _timer.Dispose();

        base.Dispose(disposing);
    }

    private void CheckSpan()
    {
        // When all bytes are read, the rest of the transfer is in send buffers.
        if (Interlocked.Exchange(ref _read, 0) >= _minBytes || Interlocked.Read(ref _left) == 0)
            return;

        _isTooSlow = true;
        _timer.Dispose();
        _end();
    }
}
