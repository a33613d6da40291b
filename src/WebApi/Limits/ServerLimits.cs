using CleanMessaging.Infrastructure.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>What the web server takes before any of our code runs. Set here even where it is the framework's default: docs/operations.md.</summary>
internal static class ServerLimits
{
    /// <summary>The largest request body: 5,000 characters outside the basic plane, escaped, are 60,000 bytes.</summary>
    public const long MaxRequestBodyBytes = 64 * 1024;

    private static readonly MinDataRate _slowest = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    public static IServiceCollection AddServerLimits(this IServiceCollection services)
    {
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitOptions>>((kestrel, options) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 100;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = _slowest;
            kestrel.Limits.MinResponseDataRate = _slowest;
            kestrel.Limits.MaxConcurrentConnections = options.Value.Sockets;
            kestrel.Limits.MaxConcurrentUpgradedConnections = options.Value.Connections;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
        });

        return services;
    }
}
