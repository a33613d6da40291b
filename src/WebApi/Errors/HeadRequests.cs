using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Errors;

/// <summary>
/// Answers HEAD wherever GET is answered, with the same headers: to all that follows the request is a GET, and the web server sends no body, because
/// it knows what was asked. The hub's connections are not asked for so.
/// </summary>
internal static class HeadRequests
{
    private static readonly object _isHead = new();

    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            httpContext.Items[_isHead] = true;
            httpContext.Request.Method = HttpMethods.Get;
        }

        return next(httpContext);
    }

    /// <summary>Whether the client sent HEAD, so that no body is written.</summary>
    public static bool IsHead(HttpContext httpContext) => httpContext.Items.ContainsKey(_isHead);

    /// <summary>Names HEAD next to GET in the header that says which methods a route allows.</summary>
    public static void NameInAllow(HttpResponse response)
    {
        var headers = response.Headers;
        if (headers.Allow.Count > 0 && headers.Allow.ToString() is var allowed && allowed.Contains(HttpMethods.Get, StringComparison.Ordinal)
            && !allowed.Contains(HttpMethods.Head, StringComparison.Ordinal))
        {
            headers[HeaderNames.Allow] = allowed.Replace(HttpMethods.Get, $"{HttpMethods.Get}, {HttpMethods.Head}", StringComparison.Ordinal);
        }
    }
}
