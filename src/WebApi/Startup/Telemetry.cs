using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.WebApi.Network;
using Npgsql;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Exports traces, metrics and logs with the OpenTelemetry protocol (OTLP). The names are listed in docs/operations.md.</summary>
internal static class Telemetry
{
    /// <summary>
    /// The standard OpenTelemetry variable for the receiver's address, for example <c>http://collector:4317</c>. Without it nothing is
    /// collected.
    /// </summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ServiceName = "cleanmessaging";

    private static readonly string[] _sources = [MessagingTraces.SourceName, "Microsoft.AspNetCore.SignalR.Server"];

    private static readonly string[] _meters =
    [
        MessagingMetrics.MeterName,
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Http.Connections",
        "Microsoft.AspNetCore.RateLimiting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Npgsql",
        "System.Runtime",
    ];

    /// <summary>
    /// Adds the export to <see cref="Endpoint"/>. All other settings come from the standard OpenTelemetry variables, <c>OTEL_*</c>.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[Endpoint]))
            return;

        var basePath = new PathString(
            builder.Configuration[$"{ProxyOptions.Section}:{nameof(ProxyOptions.BasePath)}"] is { Length: > 0 } text
                && BasePath.IsValid(text)
                ? text
                : null);
        builder.Services
            .AddOpenTelemetry()
            .ConfigureResource(
                resource => resource.AddService(ServiceName, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString()))
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = httpContext => IsWorthATrace(httpContext, basePath))
                .AddSource(_sources)
                .AddNpgsql()
                .AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter(_meters).AddOtlpExporter())
            .WithLogging(logging => logging.AddOtlpExporter(), options => options.IncludeScopes = true);
    }

    /// <summary>
    /// Whether a request gets a trace. Health checks and the sixty files of a browser's first visit are excluded, because they would
    /// dominate.
    /// </summary>
    private static bool IsWorthATrace(HttpContext httpContext, PathString basePath)
    {
        // Runs before the base path is removed from the path.
        var path = httpContext.Request.Path;
        if (basePath.HasValue && path.StartsWithSegments(basePath, StringComparison.Ordinal, out var rest))
            path = rest;

        return !path.StartsWithSegments("/health", StringComparison.Ordinal)
            && !path.StartsWithSegments("/_framework", StringComparison.Ordinal);
    }
}
