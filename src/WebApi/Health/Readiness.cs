using CleanMessaging.Infrastructure.Serialization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CleanMessaging.WebApi.Health;

/// <summary>Maps the health endpoints for orchestrators: liveness (/health/live) and readiness (/health/ready).</summary>
internal static class Readiness
{
    public static IServiceCollection AddReadiness(this IServiceCollection services)
    {
        services.AddSingleton<DatabaseCheck>();
        services.AddSingleton<DatabasePoolCheck>();
        services.AddHealthChecks().AddCheck<DatabaseCheck>("database").AddCheck<DatabasePoolCheck>("databasePool");

        return services;
    }

    public static void MapReadiness(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        endpoints.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext httpContext, HealthReport report) =>
        httpContext.Response.WriteAsJsonAsync(
            new
            {
                Status = report.Status.ToString(),
                Checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Status.ToString()),
            },
            StrictJson.Options);
}
