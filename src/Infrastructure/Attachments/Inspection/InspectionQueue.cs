using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

/// <summary>
/// Bounds how many attachments are inspected at the same time, over all callers. Inspections mostly wait for the storage and the scanner.
/// Images need a core each while they are converted, so one core is left to other requests. Each may also use as much memory as an image
/// process is allowed to, so all of them use at most half of the memory.
/// </summary>
internal sealed class InspectionQueue : IDisposable
{
    /// <summary>How many attachments are inspected at the same time.</summary>
    public const int InspectionsAtOnce = 32;

    /// <summary>How many inspections wait.</summary>
    public const int InspectionsWaitingMax = 32;

    /// <summary>
    /// How many images wait. They have begun their inspection, so a limit of <see cref="InspectionsAtOnce"/> or more would have no effect.
    /// </summary>
    public const int ImagesWaitingMax = 16;

    private readonly ConcurrencyLimiter _inspections;
    private readonly ConcurrencyLimiter _images;
    private readonly TimeSpan _wait;
    private readonly LimitLog _log;

    public InspectionQueue(LimitLog log, ImageProgram program)
        : this(
            log,
            ImagesAtOnce(Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, program.MemoryMax),
            TimeSpan.FromSeconds(30))
    {
    }

    /// <param name="imagesAtOnce">How many images are converted at the same time.</param>
    /// <param name="wait">How long an inspection waits, and how long an image.</param>
    internal InspectionQueue(LimitLog log, int imagesAtOnce, TimeSpan wait)
    {
        (_log, _wait) = (log, wait);
        _inspections = Limiter(InspectionsAtOnce, InspectionsWaitingMax);
        _images = Limiter(imagesAtOnce, ImagesWaitingMax);
    }

    /// <summary>
    /// Returns how many images are converted at the same time: one per core less one, in half of the memory, and at least one.
    /// </summary>
    /// <param name="memory">The memory of the machine or the container.</param>
    /// <param name="memoryOfImage">The most memory that an image may use.</param>
    public static int ImagesAtOnce(int cores, long memory, long memoryOfImage) =>
        (int)Math.Max(1, Math.Min(cores - 1, memory / 2 / memoryOfImage));

    /// <summary>Waits until an attachment can be inspected. Dispose the lease when it is.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public Task<RateLimitLease> EnterAsync(CancellationToken cancellationToken) =>
        EnterAsync(_inspections, "inspections of attachments", cancellationToken);

    /// <summary>Waits, with a lease to inspect an image, until it can be converted. Dispose the lease when it is.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public Task<RateLimitLease> EnterImagesAsync(CancellationToken cancellationToken) =>
        EnterAsync(_images, "conversions of images", cancellationToken);

    public void Dispose()
    {
        _inspections.Dispose();
        _images.Dispose();
    }

    private static ConcurrencyLimiter Limiter(int atOnce, int waitingMax) => new(
        new() { PermitLimit = atOnce, QueueLimit = waitingMax, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    private async Task<RateLimitLease> EnterAsync(ConcurrencyLimiter limiter, string limit, CancellationToken cancellationToken)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waitLimit.CancelAfter(_wait);
        try
        {
            var lease = await limiter.AcquireAsync(1, waitLimit.Token);
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
