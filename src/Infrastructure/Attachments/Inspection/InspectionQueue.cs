using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

/// <summary>
/// Bounds how many attachments are inspected at the same time, over all callers. Inspections mostly wait for the storage and the scanner.
/// Images need a core each while they are converted, so one core is left to other requests.
/// </summary>
internal sealed class InspectionQueue : IDisposable
{
    /// <summary>How many attachments are inspected at the same time.</summary>
    public const int InspectionsAtOnce = 32;

    /// <summary>How many inspections wait, and how many images.</summary>
    public const int WaitingMax = 32;

    private readonly ConcurrencyLimiter _inspections;
    private readonly ConcurrencyLimiter _images;
    private readonly TimeSpan _wait;
    private readonly LimitLog _log;

    public InspectionQueue(LimitLog log)
        : this(log, Math.Max(1, Environment.ProcessorCount - 1), TimeSpan.FromSeconds(30))
    {
    }

    /// <param name="imagesAtOnce">How many images are converted at the same time.</param>
    /// <param name="wait">How long an inspection waits, and how long an image.</param>
    internal InspectionQueue(LimitLog log, int imagesAtOnce, TimeSpan wait)
    {
        (_log, _wait) = (log, wait);
        _inspections = Places(InspectionsAtOnce);
        _images = Places(imagesAtOnce);
    }

    /// <summary>Waits for a place to inspect an attachment; dispose the lease to return it.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public Task<RateLimitLease> EnterAsync(CancellationToken cancellationToken) =>
        EnterAsync(_inspections, "inspections of attachments", cancellationToken);

    /// <summary>Waits for a place to convert an image, with a place to inspect it; dispose the lease to return it.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public Task<RateLimitLease> EnterImagesAsync(CancellationToken cancellationToken) =>
        EnterAsync(_images, "conversions of images", cancellationToken);

    public void Dispose()
    {
        _inspections.Dispose();
        _images.Dispose();
    }

    private static ConcurrencyLimiter Places(int atOnce) => new(
        new() { PermitLimit = atOnce, QueueLimit = WaitingMax, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    private async Task<RateLimitLease> EnterAsync(ConcurrencyLimiter places, string limit, CancellationToken cancellationToken)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waitLimit.CancelAfter(_wait);
        try
        {
            var lease = await places.AcquireAsync(1, waitLimit.Token);
            if (lease.IsAcquired)
                return lease;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The wait was too long.
        }

        _log.Reached(limit, "all callers");
        throw new RequestRejectedException(LimitErrors.Busy());
    }
}
