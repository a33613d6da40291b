namespace CleanMessaging.WebApi.Requests;

/// <summary>
/// Supports HEAD on every GET route, with the same headers: it changes the method to GET for the rest of the pipeline, and the web server
/// omits the body because it knows the original method. Does not apply to hub connections.
/// </summary>
internal static class HeadRequests
{
    /// <summary>Whether the request was a HEAD request, so that nothing of a body is sent.</summary>
    public static bool IsHead(HttpContext httpContext) => httpContext.Items.ContainsKey(typeof(HeadRequests));

    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            httpContext.Request.Method = HttpMethods.Get;
            httpContext.Items[typeof(HeadRequests)] = true;
        }

        return next(httpContext);
    }
}
