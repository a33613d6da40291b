using System.Buffers;
using System.IO.Pipelines;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Counts a connection's hub messages by their end mark, and each KB of them. Closes the connection when there are too many.
/// </summary>
internal sealed class MeteredPipeReader(PipeReader inner, HubFrameLimit.FrameMeter meter) : PipeReader
{
    private const byte MessageEnd = 0x1e;
    private const int BytesPerFrame = 1024;

    private ReadOnlySequence<byte> _buffer;

    /// <summary>The number of bytes at the start of the next buffer that were already counted.</summary>
    private long _counted;

    /// <summary>Counted bytes that do not make up a whole KB yet.</summary>
    private long _rest;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Counted(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;

        result = Counted(result);

        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _counted -= _buffer.Slice(_buffer.Start, consumed).Length;
        _buffer = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Counted(ReadResult result)
    {
        _buffer = result.Buffer;
        var messages = 0;
        foreach (var part in _buffer.Slice(_counted))
            messages += part.Span.Count(MessageEnd);

        var bytes = _rest + _buffer.Length - _counted;
        _counted = _buffer.Length;
        _rest = bytes % BytesPerFrame;
        if (messages > 0)
            meter.MessageReceived();

        // SignalR leaves its loop in the same way as on a regular cancellation.
        return meter.Count(messages + (int)(bytes / BytesPerFrame))
            ? result
            : new ReadResult(_buffer, isCanceled: true, result.IsCompleted);
    }
}
