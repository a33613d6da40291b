using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Ends uploads and downloads that are slower than <see cref="LimitOptions.TransferBytesPerSecond"/>. Each span of
/// <see cref="LimitOptions.TransferSpan"/> is measured separately.
/// </summary>
internal sealed class TransferPace(IOptions<LimitOptions> options, LimitLog log, TimeProvider clock)
{
    /// <summary>
    /// Measures how fast a stream is read: the body of an upload, or the content of a download, which is read as fast as the client
    /// receives it.
    /// </summary>
    /// <param name="content">The stream. The result does not dispose it.</param>
    /// <param name="length">The number of bytes; null if it is not known.</param>
    /// <param name="transfer">Canceled when the transfer is too slow.</param>
    public PacedStream Measure(Stream content, long? length, HttpContext httpContext, CancellationTokenSource transfer)
    {
        var (span, caller) = (options.Value.TransferSpan, CallerKey.Of(httpContext));
        var minBytes = (long)(options.Value.TransferBytesPerSecond * span.TotalSeconds);

        return new PacedStream(content, length ?? long.MaxValue, minBytes, span, clock, EndTransfer);

        void EndTransfer()
        {
            log.Reached(nameof(LimitOptions.TransferBytesPerSecond), caller);
            try
            {
                transfer.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The transfer has ended in the meantime.
            }
        }
    }
}
