using System.Buffers;
using System.IO.Pipelines;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Counts the hub messages that a connection sends, by their end mark, and each KB of them; ends the connection when there are too many.</summary>
internal sealed class MeteredPipeReader(PipeReader inner, HubFrameLimit.FrameMeter meter) : PipeReader
{
    private const byte MessageEnd = 0x1e;
    private const int BytesPerFrame = 1024;

    private ReadOnlySequence<byte> _buffer;

    /// <summary>Bytes at the start of the next buffer that have been counted.</summary>
    private long _counted;

    /// <summary>Counted bytes that are not a whole KB yet.</summary>
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

        // SignalR leaves its loop as it does when it is asked to.
        return meter.Count(messages + (int)(bytes / BytesPerFrame)) ? result : new ReadResult(_buffer, isCanceled: true, result.IsCompleted);
    }
}
