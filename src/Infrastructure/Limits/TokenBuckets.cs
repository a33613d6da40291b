using System.Threading.RateLimiting;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>Creates token-bucket limiters from a burst and a rate.</summary>
public static class TokenBuckets
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>Creates a caller's bucket. A request that finds the bucket empty is rejected; it does not wait.</summary>
    public static RateLimitPartition<string> Of(string caller, int burst, int perSecond) =>
        RateLimitPartition.GetTokenBucketLimiter(
            caller,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = burst,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = _second,
                QueueLimit = 0,
            });

    /// <summary>Returns the time until a rejected caller's bucket has a token again.</summary>
    public static TimeSpan RetryAfter(RateLimitLease rejected) =>
        rejected.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : _second;
}
