namespace CleanMessaging.WebApi.Errors;

/// <summary>What every answer says of itself: it is not to be kept, sniffed, framed, or told to others.</summary>
internal static class SecurityHeaders
{
    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        // On start, because an error clears what was set before it.
        httpContext.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpContext)state).Response.Headers;
                headers.CacheControl = "no-store";
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers["Referrer-Policy"] = "no-referrer";

                return Task.CompletedTask;
            },
            httpContext);

        return next(httpContext);
    }
}
