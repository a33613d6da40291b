using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Errors;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Bounds how many searches for users run at the same time over all callers: at most a quarter of the database connections, so that
/// searches never block other requests from the database. <see cref="RequestConcurrency"/> bounds the searches of one caller.
/// </summary>
internal sealed class SearchLimit : IDisposable
{
    /// <summary>How many searches wait.</summary>
    private const int WaitingMax = 256;

    private readonly ConcurrencyLimiter _places;
    private readonly TimeSpan _wait;
    private readonly LimitLog _log;

    public SearchLimit(NpgsqlDataSource database, IOptions<LimitOptions> options, LimitLog log)
    {
        AtOnce = Math.Min(
            options.Value.SearchesAtOnce, QuarterOf(new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize));
        (_wait, _log) = (options.Value.SearchWait, log);
        _places = new ConcurrencyLimiter(
            new() { PermitLimit = AtOnce, QueueLimit = WaitingMax, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>How many searches run at the same time.</summary>
    public int AtOnce { get; }

    /// <summary>A quarter of the connections, but at least one.</summary>
    public static int QuarterOf(int connections) => Math.Max(1, connections / 4);

    /// <summary>Waits for a slot; dispose the lease to return it.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public async Task<RateLimitLease> EnterAsync(CancellationToken cancellationToken)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waitLimit.CancelAfter(_wait);
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

        _log.Reached(nameof(LimitOptions.SearchesAtOnce), "all callers");
        throw new RequestRejectedException(LimitErrors.Busy());
    }

    public void Dispose() => _places.Dispose();
}
