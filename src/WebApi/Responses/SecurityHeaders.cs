using System.Net;

namespace CleanMessaging.WebApi.Responses;

/// <summary>
/// Adds the security headers to every response: no content sniffing, no framing, no referrer, and only scripts of this server. Only files
/// of the web client may be cached.
/// </summary>
internal static class SecurityHeaders
{
    /// <summary>Allows no inline scripts, so that markup that is injected into a page does not run.</summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            + "manifest-src 'self'; "
        + "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>
    /// The policy for the bytes of attachments, which users have chosen: a browser that shows them as a document runs nothing in it and
    /// treats it as another site.
    /// </summary>
    private const string AttachmentPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";

    /// <summary>
    /// The policy for the web client's page, which also compiles WebAssembly, sets its base URL, and shows and plays attachments.
    /// </summary>
    private static readonly string _pagePolicy = ContentPolicy
        .Replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", StringComparison.Ordinal)
        .Replace("img-src 'self' data:", "img-src 'self' data: blob:; media-src 'self' blob:", StringComparison.Ordinal)
        .Replace("base-uri 'none'", "base-uri 'self'", StringComparison.Ordinal);

    /// <summary>
    /// The policy for Swagger UI, whose script adds a style sheet to its logo. The hash of that style sheet permits no other one.
    /// </summary>
    private static readonly string _swaggerPolicy = ContentPolicy.Replace(
        "style-src 'self'", "style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='", StringComparison.Ordinal);

    private static readonly object _cacheControl = new();

    private static readonly object _contentPolicy = new();

    private static readonly object _mediaOrigin = new();

    private static readonly object _permissions = new();

    private static readonly string _permissionsOfOthers = PermissionsWith(microphone: "()");

    /// <summary>The permissions of the page itself. The browser asks the user before it records.</summary>
    private static readonly string _permissionsOfThePage = PermissionsWith(microphone: "(self)");

    private const string HttpsForAYear = "max-age=31536000";

    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        // Set when the response starts, because error handling clears headers that were set before.
        httpContext.Response.OnStarting(
            static state =>
            {
                Write((HttpContext)state);

                return Task.CompletedTask;
            },
            httpContext);

        return next(httpContext);
    }

    /// <summary>Marks the response as a file of the web client, with its Cache-Control value.</summary>
    /// <param name="isDocument">Whether it is the page itself, which records voice messages.</param>
    public static void ForPage(HttpContext httpContext, string cacheControl, bool isDocument)
    {
        httpContext.Items[_cacheControl] = cacheControl;
        httpContext.Items[_contentPolicy] = _pagePolicy;
        if (isDocument)
            httpContext.Items[_permissions] = _permissionsOfThePage;
    }

    /// <summary>Marks the response as a file of Swagger UI.</summary>
    public static void ForSwagger(HttpContext httpContext) => httpContext.Items[_contentPolicy] = _swaggerPolicy;

    /// <summary>
    /// Marks the response as the bytes of an attachment. No cache may store them, also not the browser's: it would show them after their
    /// expiry.
    /// </summary>
    public static void ForAttachment(HttpContext httpContext)
    {
        httpContext.Items[_cacheControl] = "private, no-store";
        httpContext.Items[_contentPolicy] = AttachmentPolicy;
    }

    /// <summary>Permits pages to show and play attachments from another origin, and attachments to be shown by pages of another.</summary>
    public static void AllowMediaOf(HttpContext httpContext, string origin) => httpContext.Items[_mediaOrigin] = origin;

    private static string PermissionsWith(string microphone) =>
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
            + $"microphone={microphone}, midi=(), payment=(), publickey-credentials-get=(), usb=()";

    private static string PolicyOf(HttpContext httpContext)
    {
        var policy = httpContext.Items[_contentPolicy] as string ?? ContentPolicy;

        return httpContext.Items[_mediaOrigin] is string origin && policy == _pagePolicy
            ? policy.Replace("blob:", $"blob: {origin}", StringComparison.Ordinal)
            : policy;
    }

    /// <summary>Returns which pages may show the response: those of this origin, for attachments of a media origin those of any.</summary>
    private static string SharedWith(HttpContext httpContext) =>
        httpContext.Items[_mediaOrigin] is not null && httpContext.Items[_contentPolicy] as string == AttachmentPolicy
            ? "cross-origin"
            : "same-origin";

    private static void Write(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.CacheControl = httpContext.Items[_cacheControl] as string ?? "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = PolicyOf(httpContext);
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = httpContext.Items[_permissions] as string ?? _permissionsOfOthers;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = SharedWith(httpContext);
        if (httpContext.Request.IsHttps && !IsThisMachine(httpContext.Request.Host))
            headers.StrictTransportSecurity = HttpsForAYear;
    }

    /// <summary>
    /// Whether the host is this machine. HSTS is not sent there, because it would apply to all other servers that a developer runs on it.
    /// </summary>
    private static bool IsThisMachine(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));
}
