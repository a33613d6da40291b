namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Counts the WebSocket frames that a client sends, including control frames, by their headers (RFC 6455, 5.2). The WebSocket itself
/// answers pings and skips empty frames without an event.
/// </summary>
internal sealed class MeteredWebSocketStream(Stream inner, HubFrameLimit.FrameMeter meter) : Stream
{
    private const int MaskBytes = 4;

    private HeaderPart _part;

    /// <summary>The number of bytes of the length or the mask that have not arrived yet.</summary>
    private int _headerLeft;

    private bool _isMasked;
    private ulong _length;
    private ulong _payloadLeft;

    private enum HeaderPart
    {
        FirstByte,
        SecondByte,
        Length,
        Mask,
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = await inner.ReadAsync(buffer, cancellationToken);
        meter.Count(FramesIn(buffer.Span[..length]));

        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();

        base.Dispose(disposing);
    }

    /// <summary>Returns how many frames begin in the received bytes.</summary>
    private int FramesIn(ReadOnlySpan<byte> bytes)
    {
        var frames = 0;
        while (!bytes.IsEmpty)
        {
            if (_payloadLeft > 0)
            {
                var skipped = (int)Math.Min((ulong)bytes.Length, _payloadLeft);
                _payloadLeft -= (ulong)skipped;
                bytes = bytes[skipped..];
                continue;
            }

            frames += _part == HeaderPart.FirstByte ? 1 : 0;
            TakeHeader(bytes[0]);
            bytes = bytes[1..];
        }

        return frames;
    }

    private void TakeHeader(byte next)
    {
        switch (_part)
        {
            case HeaderPart.FirstByte:
                _part = HeaderPart.SecondByte;
                return;
            case HeaderPart.SecondByte:
                var length = next & 0x7f;
                _isMasked = (next & 0x80) != 0;
                _headerLeft = length switch { 126 => 2, 127 => 8, _ => 0 };
                _length = _headerLeft == 0 ? (ulong)length : 0;
                if (_headerLeft > 0)
                    _part = HeaderPart.Length;
                else
                    BeginMask();

                return;
            case HeaderPart.Length:
                _length = (_length << 8) | next;
                if (--_headerLeft == 0)
                    BeginMask();

                return;
            default:
                if (--_headerLeft == 0)
                    BeginPayload();

                return;
        }
    }

    private void BeginMask()
    {
        if (!_isMasked)
        {
            BeginPayload();
            return;
        }

        _part = HeaderPart.Mask;
        _headerLeft = MaskBytes;
    }

    private void BeginPayload()
    {
        _part = HeaderPart.FirstByte;
        _payloadLeft = _length;
    }
}
