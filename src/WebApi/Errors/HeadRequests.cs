using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Errors;

/// <summary>
/// Supports HEAD on every GET route, with the same headers: it changes the method to GET for the rest of the pipeline, and the web server
/// omits the body because it knows the original method. Does not apply to hub connections.
/// </summary>
internal static class HeadRequests
{
    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (HttpMethods.IsHead(httpContext.Request.Method))
            httpContext.Request.Method = HttpMethods.Get;

        return next(httpContext);
    }

    /// <summary>Adds HEAD to an Allow header that contains GET.</summary>
    public static void NameInAllow(HttpResponse response)
    {
        var headers = response.Headers;
        if (headers.Allow.Count > 0
            && headers.Allow.ToString() is var allowed
            && allowed.Contains(HttpMethods.Get, StringComparison.Ordinal)
            && !allowed.Contains(HttpMethods.Head, StringComparison.Ordinal))
        {
            headers[HeaderNames.Allow] = allowed.Replace(
                HttpMethods.Get, $"{HttpMethods.Get}, {HttpMethods.Head}", StringComparison.Ordinal);
        }
    }
}
