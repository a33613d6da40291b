using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Realtime.Draining;
using CleanMessaging.WebApi.Errors;

namespace CleanMessaging.WebApi.Startup;

/// <summary>While the server drains, serves requests, closes each connection after its request, and rejects new hub connections.</summary>
internal static class DrainGate
{
    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (!httpContext.RequestServices.GetRequiredService<Drain>().HasBegun)
            return next(httpContext);

        // Otherwise the server could stop in the middle of the client's next request on this connection.
        if (HttpProtocol.IsHttp11(httpContext.Request.Protocol))
            httpContext.Response.Headers.Connection = "close";

        return httpContext.Request.Path.StartsWithSegments(RealtimeRegistration.HubPath)
            ? Problems.WriteAsync(httpContext, ApiProblem.Draining)
            : next(httpContext);
    }
}
