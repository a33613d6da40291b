using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Ends uploads and downloads that are slower than <see cref="LimitOptions.TransferBytesPerSecond"/>. Each span of
/// <see cref="LimitOptions.TransferSpan"/> counts by itself, so a fast beginning is no reserve for a slow rest.
/// </summary>
internal sealed class TransferPace(IOptions<LimitOptions> options, LimitLog log, TimeProvider clock)
{
    /// <summary>
    /// Follows the bytes that are read from a stream. The bytes of a download are read as fast as the client reads what was sent before.
    /// </summary>
    /// <param name="content">The stream. The result does not dispose it.</param>
    /// <param name="length">The number of bytes; null if it is not known.</param>
    /// <param name="transfer">Canceled when the transfer is too slow.</param>
    public PacedStream Follow(Stream content, long? length, HttpContext httpContext, CancellationTokenSource transfer)
    {
        var (span, caller) = (options.Value.TransferSpan, CallerKey.Of(httpContext));
        var least = (long)(options.Value.TransferBytesPerSecond * span.TotalSeconds);

        return new PacedStream(content, length ?? long.MaxValue, least, span, clock, EndTransfer);

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
