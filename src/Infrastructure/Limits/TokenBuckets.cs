using System.Threading.RateLimiting;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>How a burst and a rate become a limiter.</summary>
public static class TokenBuckets
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>A caller's bucket. Nobody waits: what finds it empty is rejected.</summary>
    public static RateLimitPartition<string> Of(string caller, int burst, int perSecond) =>
        RateLimitPartition.GetTokenBucketLimiter(
            caller,
            _ => new TokenBucketRateLimiterOptions { TokenLimit = burst, TokensPerPeriod = perSecond, ReplenishmentPeriod = _second, QueueLimit = 0 });

    /// <summary>After which time a rejected caller's bucket has something again.</summary>
    public static TimeSpan RetryAfter(RateLimitLease rejected) => rejected.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : _second;
}
