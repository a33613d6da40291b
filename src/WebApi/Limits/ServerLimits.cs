using System.Net;
using System.Net.Sockets;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>What the web server takes before any of our code runs. Set here even where it is the framework's default: docs/operations.md.</summary>
internal static class ServerLimits
{
    /// <summary>The largest request body: 5,000 characters outside the basic plane, escaped, are 60,000 bytes.</summary>
    public const long MaxRequestBodyBytes = 64 * 1024;

    /// <summary>What is kept of a connection's requests that are not read yet: the largest body. Many requests sent ahead wait in the client.</summary>
    private const long MaxRequestBufferBytes = MaxRequestBodyBytes;

    /// <summary>What is kept of a connection's answers that the client does not read; large answers wait in a buffer that counts.</summary>
    private const long MaxResponseBufferBytes = 16 * 1024;

    /// <summary>
    /// What the kernel takes of an answer that the client does not read. By itself it takes up to 4 MB of memory per connection, and the server would
    /// think that the answer has been read.
    /// </summary>
    public const int SendBufferBytes = 128 * 1024;

    private static readonly MinDataRate _slowestRequest = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>A full buffer is read within half a minute, or the connection ends.</summary>
    private static readonly MinDataRate _slowestResponse = new(bytesPerSecond: 600, gracePeriod: TimeSpan.FromSeconds(5));

    public static IServiceCollection AddServerLimits(this IServiceCollection services)
    {
        services.AddSingleton<SocketLimit>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitOptions>, SocketLimit>((kestrel, options, sockets) =>
        {
            // The first middleware of an endpoint is the outermost: TLS comes after it.
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

    /// <summary>Connections inherit the size of the buffer from the socket that accepts them.</summary>
    private static Socket Bind(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SendBufferSize = SendBufferBytes;

        return socket;
    }
}
