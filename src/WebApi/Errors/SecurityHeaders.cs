using System.Net;

namespace CleanMessaging.WebApi.Errors;

/// <summary>
/// What every answer says of itself: it is not to be sniffed, framed, or told to others, and runs no script but ours; and it is not to be
/// kept, unless it is a file of the web client.
/// </summary>
internal static class SecurityHeaders
{
    /// <summary>Nothing inline: what slips into a page as markup does not run.</summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        + "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>The web client compiles WebAssembly, and says once what its addresses are relative to.</summary>
    private static readonly string _pagePolicy = ContentPolicy
        .Replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", StringComparison.Ordinal)
        .Replace("base-uri 'none'", "base-uri 'self'", StringComparison.Ordinal);

    private static readonly object _cacheControl = new();

    private const string Permissions =
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
        + "publickey-credentials-get=(), usb=()";

    private const string HttpsForAYear = "max-age=31536000";

    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        // On start, because an error clears what was set before it.
        httpContext.Response.OnStarting(
            static state =>
            {
                Write((HttpContext)state);

                return Task.CompletedTask;
            },
            httpContext);

        return next(httpContext);
    }

    /// <summary>This answer is a file of the web client, and may be kept so.</summary>
    public static void ForPage(HttpContext httpContext, string cacheControl) => httpContext.Items[_cacheControl] = cacheControl;

    private static void Write(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        var pageCacheControl = httpContext.Items[_cacheControl] as string;
        headers.CacheControl = pageCacheControl ?? "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = pageCacheControl is null ? ContentPolicy : _pagePolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (httpContext.Request.IsHttps && !IsThisMachine(httpContext.Request.Host))
            headers.StrictTransportSecurity = HttpsForAYear;
    }

    /// <summary>A browser would ask https of every other server that a developer runs there.</summary>
    private static bool IsThisMachine(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));
}
