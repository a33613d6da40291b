using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Failures;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Bounds how many searches run at the same time: a few of each user, and of all users together a quarter of the database connections, so that no
/// number of searches keeps other requests from the database.
/// </summary>
internal sealed class SearchLimit : IDisposable
{
    /// <summary>How long a search waits for others of the user, and for those of all users, to end.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(500);

    /// <summary>How many searches of one user, and of all users, wait.</summary>
    private const int WaitingMax = 256;

    private readonly PartitionedRateLimiter<Guid> _ofUser;
    private readonly ConcurrencyLimiter _ofAll;
    private readonly LimitLog _log;

    public SearchLimit(IOptions<LimitOptions> options, NpgsqlDataSource database, LimitLog log)
    {
        AtOnce = AtOnceOf(new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize);
        _log = log;
        _ofAll = new ConcurrencyLimiter(LimiterOf(AtOnce));
        _ofUser = PartitionedRateLimiter.Create<Guid, Guid>(userId =>
            RateLimitPartition.GetConcurrencyLimiter(userId, _ => LimiterOf(options.Value.SearchesPerUser)));
    }

    /// <summary>How many searches of all users run at the same time.</summary>
    public int AtOnce { get; }

    /// <summary>A quarter of the connections, and one at least.</summary>
    public static int AtOnceOf(int connections) => Math.Max(1, connections / 4);

    /// <summary>Waits for a place; dispose the result to give it back.</summary>
    /// <exception cref="RefusedException"><c>rate_limit.concurrency</c>, <c>server.busy</c></exception>
    public async Task<IDisposable> EnterAsync(Guid userId, CancellationToken cancellationToken)
    {
        var own = await TryAcquireAsync(token => _ofUser.AcquireAsync(userId, 1, token), cancellationToken);
        if (own is null)
        {
            _log.Reached(nameof(LimitOptions.SearchesPerUser), $"user {userId}");
            throw new RefusedException(LimitFailures.TooManyAtOnce());
        }

        try
        {
            if (await TryAcquireAsync(token => _ofAll.AcquireAsync(1, token), cancellationToken) is { } place)
                return new Place(own, place);

            _log.Reached("Searches", "all callers");
            throw new RefusedException(LimitFailures.Busy());
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _ofUser.Dispose();
        _ofAll.Dispose();
    }

    private static ConcurrencyLimiterOptions LimiterOf(int atOnce) =>
        new() { PermitLimit = atOnce, QueueLimit = WaitingMax, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };

    private static async Task<RateLimitLease?> TryAcquireAsync(Func<CancellationToken, ValueTask<RateLimitLease>> acquire, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Wait);
        try
        {
            var lease = await acquire(patience.Token);
            if (lease.IsAcquired)
                return lease;

            lease.Dispose();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Waited long enough.
        }

        return null;
    }

    private sealed class Place(RateLimitLease own, RateLimitLease ofAll) : IDisposable
    {
        public void Dispose()
        {
            ofAll.Dispose();
            own.Dispose();
        }
    }
}
