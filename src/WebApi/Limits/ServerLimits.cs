using System.Net;
using System.Net.Sockets;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// The limits of the web server, which apply before any middleware runs. Includes values that are framework defaults: docs/operations.md.
/// </summary>
internal static class ServerLimits
{
    /// <summary>
    /// The maximum size of a request body: 5,000 escaped characters outside the Basic Multilingual Plane take 60,000 bytes.
    /// </summary>
    public const long MaxRequestBodyBytes = 64 * 1024;

    /// <summary>
    /// The buffer for a connection's unread requests: the size of the largest body. Further pipelined requests wait at the client.
    /// </summary>
    private const long MaxRequestBufferBytes = MaxRequestBodyBytes;

    /// <summary>
    /// The buffer for a connection's unread responses. Large responses wait in memory that counts against the global budget.
    /// </summary>
    private const long MaxResponseBufferBytes = 16 * 1024;

    /// <summary>
    /// The socket send buffer. By default the kernel buffers up to 4 MB of an unread response per connection, and the server would treat
    /// that part of the response as read.
    /// </summary>
    public const int SendBufferBytes = 128 * 1024;

    private static readonly MinDataRate _slowestRequest = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>The minimum read rate of a client: the connection is closed if a full buffer is not read within half a minute.</summary>
    private static readonly MinDataRate _slowestResponse = new(bytesPerSecond: 600, gracePeriod: TimeSpan.FromSeconds(5));

    public static IServiceCollection AddServerLimits(this IServiceCollection services)
    {
        services.AddSingleton<SocketLimit>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitOptions>, SocketLimit>((kestrel, options, sockets) =>
        {
            // The first connection middleware of an endpoint is the outermost: it runs before TLS.
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => sockets.RunAsync(connection, next)));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 100;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
            kestrel.Limits.MaxRequestBufferSize = MaxRequestBufferBytes;
            kestrel.Limits.MaxResponseBufferSize = MaxResponseBufferBytes;
            kestrel.Limits.MinRequestBodyDataRate = _slowestRequest;
            kestrel.Limits.MinResponseDataRate = _slowestResponse;
            kestrel.Limits.MaxConcurrentConnections = null;
            kestrel.Limits.MaxConcurrentUpgradedConnections = options.Value.Connections;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
        });

        services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = Bind);

        return services;
    }

    /// <summary>Sets the size of the send buffer on the listening socket; accepted connections inherit it.</summary>
    private static Socket Bind(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SendBufferSize = SendBufferBytes;

        return socket;
    }
}
