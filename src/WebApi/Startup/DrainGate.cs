using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Realtime.Draining;
using CleanMessaging.WebApi.Errors;

namespace CleanMessaging.WebApi.Startup;

/// <summary>While the server drains: requests are served, and their connections closed after it; new hub connections are rejected.</summary>
internal static class DrainGate
{
    public static Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (!httpContext.RequestServices.GetRequiredService<Drain>().HasBegun)
            return next(httpContext);

        // A client that goes on using its connection could meet the end of the server in the middle of a request.
        if (HttpProtocol.IsHttp11(httpContext.Request.Protocol))
            httpContext.Response.Headers.Connection = "close";

        return httpContext.Request.Path.StartsWithSegments(RealtimeRegistration.HubPath)
            ? Problems.WriteAsync(httpContext, ApiProblem.Draining)
            : next(httpContext);
    }
}
