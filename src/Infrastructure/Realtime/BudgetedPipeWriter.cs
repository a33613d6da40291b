using System.IO.Pipelines;
using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Counts the bytes that a client does not read immediately against the global budget of responses, for as long as the write waits. Costs
/// nothing while a client keeps up.
/// </summary>
/// <param name="overflow">Closes the connection when its unread bytes exceed the caller's share.</param>
internal sealed class BudgetedPipeWriter(PipeWriter inner, ResponseBuffers buffers, string caller, Action overflow) : PipeWriter
{
    private int _written;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        _written += bytes;
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var bytes = _written;
        _written = 0;

        return Budgeted(inner.FlushAsync(cancellationToken), bytes);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var bytes = _written + source.Length;
        _written = 0;

        return Budgeted(inner.WriteAsync(source, cancellationToken), bytes);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ValueTask<FlushResult> Budgeted(ValueTask<FlushResult> flush, int bytes) =>
        flush.IsCompleted || bytes == 0 ? flush : WaitAsync(flush, bytes);

    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> flush, int bytes)
    {
        if (!buffers.TryReserve(caller, bytes))
        {
            overflow();

            return await flush;
        }

        try
        {
            return await flush;
        }
        finally
        {
            buffers.Release(caller, bytes);
        }
    }
}
