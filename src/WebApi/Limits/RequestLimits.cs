using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Limits the request rate of a caller: per user with a valid token, otherwise per address. Endpoints that issue tokens are always limited
/// per address, and searches for messages have a further limit per user. Runs after authentication and before authorization.
/// </summary>
internal static class RequestLimits
{
    private static readonly RateLimitPartition<string> _unlimited = RateLimitPartition.GetNoLimiter("");

    public static IServiceCollection AddRequestLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<LimitOptions>, LimitLog>((limiter, options, log) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(request => OfCaller(request, options.Value)),
                PartitionedRateLimiter.Create<HttpContext, string>(request => OfOperation(request, options.Value)));
            limiter.OnRejected = (rejected, _) => new ValueTask(RejectAsync(rejected, log));
        });

        return services;
    }

    private static RateLimitPartition<string> OfCaller(HttpContext httpContext, LimitOptions limits)
    {
        if (!IsLimited(httpContext.Request))
            return _unlimited;

        return httpContext.User.FindUserId() is { } user
            ? TokenBuckets.Of(user, limits.UserBurst, limits.UserPerSecond)
            : TokenBuckets.Of(ClientAddress.Of(httpContext).ToString(), limits.AddressBurst, limits.AddressPerSecond);
    }

    /// <summary>Returns the additional limit of an operation that costs more than others: a sign-in, or a search for messages.</summary>
    private static RateLimitPartition<string> OfOperation(HttpContext httpContext, LimitOptions limits)
    {
        if (IsSignIn(httpContext))
            return TokenBuckets.Of(ClientAddress.Of(httpContext).ToString(), limits.SignInBurst, limits.SignInsPerSecond);

        return IsMessageSearch(httpContext) && httpContext.User.FindUserId() is { } user
            ? TokenBuckets.Of(user, limits.MessageSearchBurst, limits.MessageSearchesPerSecond)
            : _unlimited;
    }

    /// <summary>
    /// Whether a request counts. A hub connection counts as one request, however long it stays open: ConnectionLimit limits the open
    /// connections, and HubCallLimit their calls. Health checks, pages and scripts do not count.
    /// </summary>
    private static bool IsLimited(HttpRequest request) =>
        request.Path.StartsWithSegments("/api")
            || request.Path.StartsWithSegments(RealtimeRegistration.HubPath)
            || request.Path == LinkText.Path;

    private static bool IsSignIn(HttpContext httpContext) =>
        httpContext.Request.Path.StartsWithSegments("/api/auth")
            && httpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    private static bool IsMessageSearch(HttpContext httpContext) =>
        httpContext.GetEndpoint()?.Metadata.GetMetadata<ConcurrencyLimit.ConcurrencyKind>()?.Kind == RequestKind.MessageSearch;

    private static Task RejectAsync(OnRejectedContext rejected, LimitLog log)
    {
        var httpContext = rejected.HttpContext;
        var address = $"address {ClientAddress.Of(httpContext)}";
        if (IsSignIn(httpContext))
            log.Reached(nameof(LimitOptions.SignInBurst), address);
        else if (IsMessageSearch(httpContext) && httpContext.User.FindUserId() is { } searcher)
            log.Reached(nameof(LimitOptions.MessageSearchBurst), $"user {searcher}");
        else if (httpContext.User.FindUserId() is { } user)
            log.Reached(nameof(LimitOptions.UserBurst), $"user {user}");
        else
            log.Reached(nameof(LimitOptions.AddressBurst), address);

        return Problems.WriteAsync(httpContext, LimitErrors.TooManyRequests(TokenBuckets.RetryAfter(rejected.Lease)));
    }
}
