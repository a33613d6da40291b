using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Errors;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Bounds how many requests of a costly kind run at the same time over all callers. <see cref="RequestConcurrency"/> bounds those of one
/// caller.
/// </summary>
/// <param name="atOnce">How many run at the same time.</param>
/// <param name="wait">The maximum wait for a slot.</param>
/// <param name="setting">The name of the setting in <see cref="LimitOptions"/>, for the log.</param>
internal abstract class ServerConcurrency(int atOnce, TimeSpan wait, string setting, LimitLog log) : IDisposable
{
    /// <summary>How many requests wait.</summary>
    private const int WaitingMax = 256;

    private readonly ConcurrencyLimiter _places = new(
        new() { PermitLimit = atOnce, QueueLimit = WaitingMax, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    /// <summary>How many requests run at the same time.</summary>
    public int AtOnce => atOnce;

    /// <summary>Waits for a slot; dispose the lease to return it.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public async Task<RateLimitLease> EnterAsync(CancellationToken cancellationToken)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waitLimit.CancelAfter(wait);
        try
        {
            var lease = await _places.AcquireAsync(1, waitLimit.Token);
            if (lease.IsAcquired)
                return lease;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The wait was too long.
        }

        log.Reached(setting, "all callers");
        throw new RequestRejectedException(LimitErrors.Busy());
    }

    public void Dispose() => _places.Dispose();
}
