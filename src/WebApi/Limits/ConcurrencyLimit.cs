using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Limits the concurrent requests of a caller under /api, and on the path of links to attachments. A request counts until its response is
/// written. Requests that wait for password hashing are limited by the hashing queue, and hub connections by ConnectionLimit.
/// </summary>
internal sealed class ConcurrencyLimit(RequestConcurrency concurrency, TransferLimit transfers)
{
    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next) =>
        IsLimited(httpContext.Request.Path) && httpContext.GetEndpoint()?.Metadata.GetMetadata<HashesPasswords>() is null
            ? RunAsync(httpContext, next)
            : next(httpContext);

    private static bool IsLimited(PathString path) => path.StartsWithSegments("/api") || path == LinkText.Path;

    private async Task RunAsync(HttpContext httpContext, RequestDelegate next)
    {
        using var place = await EnterAsync(httpContext);
        using var transfer = transfers.Enter(
            httpContext.GetEndpoint()?.Metadata.GetMetadata<ConcurrencyKind>()?.Kind, ClientAddress.Of(httpContext));
        await next(httpContext);
    }

    private ValueTask<System.Threading.RateLimiting.RateLimitLease> EnterAsync(HttpContext httpContext)
    {
        if (httpContext.User.FindUserId() is not { } user)
            return concurrency.EnterAsync(RequestKind.Anonymous, ClientAddress.Of(httpContext).ToString(), httpContext.RequestAborted);

        var kind = httpContext.GetEndpoint()?.Metadata.GetMetadata<ConcurrencyKind>()?.Kind ?? RequestKind.Ordinary;

        return concurrency.EnterAsync(kind, user, httpContext.RequestAborted);
    }

    /// <summary>Marks an endpoint whose requests are counted separately from ordinary requests.</summary>
    internal sealed record ConcurrencyKind(RequestKind Kind);

    /// <summary>Marks an anonymous endpoint whose requests wait in the bounded queue for password hashing.</summary>
    internal sealed record HashesPasswords;
}

internal static class ConcurrencyLimitMetadata
{
    public static RouteHandlerBuilder WithConcurrencyLimit(this RouteHandlerBuilder endpoint, RequestKind kind) =>
        endpoint.WithMetadata(new ConcurrencyLimit.ConcurrencyKind(kind));

    /// <summary>Limits the requests by the queue for password hashing, which may be full.</summary>
    public static RouteHandlerBuilder WithHashingQueue(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new ConcurrencyLimit.HashesPasswords()).ProducesErrors(LimitErrors.Busy());
}
