using System.IO.Pipelines;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Tokens;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sits between the transport and SignalR. Counts every frame that a connection sends, closes a connection that has sent no hub message for
/// the client time-out, and counts the bytes that a client does not read against the global budget of responses.
/// </summary>
/// <remarks>SignalR starts its own client time-out only after the first ping, so a client that never pings would stay connected.</remarks>
internal sealed partial class HubConnectionGuard(
    HubFrameLimit frames, ResponseBuffers buffers, IOptions<HubOptions> hub, LimitLog log, ILogger<HubConnectionGuard> logger)
{
    /// <summary>Wraps the request that becomes the WebSocket, so that its frames are counted from the start.</summary>
    public async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        using var meter = frames.Enter(httpContext.User.FindFirst(TokenClaims.UserId)?.Value ?? "", httpContext.Abort);
        httpContext.Features.Set(meter);
        if (httpContext.Features.Get<IHttpUpgradeFeature>() is { } upgrade)
            httpContext.Features.Set<IHttpUpgradeFeature>(new MeteredUpgrade(upgrade, meter));
        if (httpContext.Features.Get<IHttpExtendedConnectFeature>() is { } connect)
            httpContext.Features.Set<IHttpExtendedConnectFeature>(new MeteredConnect(connect, meter));

        await next(httpContext);
    }

    /// <summary>The connection that SignalR reads from and writes to.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var meter = connection.GetHttpContext()?.Features.Get<HubFrameLimit.FrameMeter>()
            ?? throw new InvalidOperationException("The hub is mapped without its guard.");
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(_ => CloseWhenSilent(connection, meter), connection);
        var transport = connection.Transport;
        connection.Transport = new Pipes(
            new MeteredPipeReader(transport.Input, meter),
            new BudgetedPipeWriter(transport.Output, buffers, $"user {meter.UserId}", () => Overflow(connection, meter)));

        await next(connection);
    }

    private void CloseWhenSilent(ConnectionContext connection, HubFrameLimit.FrameMeter meter)
    {
        if (meter.Silence < hub.Value.ClientTimeoutInterval)
            return;

        Log.Silent(logger, connection.ConnectionId, meter.UserId);
        connection.Abort();
    }

    private void Overflow(ConnectionContext connection, HubFrameLimit.FrameMeter meter)
    {
        log.Reached(nameof(LimitOptions.ResponseBufferBytes), $"user {meter.UserId}");
        connection.Abort();
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class MeteredUpgrade(IHttpUpgradeFeature inner, HubFrameLimit.FrameMeter meter) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => new MeteredWebSocketStream(await inner.UpgradeAsync(), meter);
    }

    /// <summary>Does the same for WebSockets over HTTP/2.</summary>
    private sealed class MeteredConnect(IHttpExtendedConnectFeature inner, HubFrameLimit.FrameMeter meter) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => inner.IsExtendedConnect;

        public string? Protocol => inner.Protocol;

        public async ValueTask<Stream> AcceptAsync() => new MeteredWebSocketStream(await inner.AcceptAsync(), meter);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Closing connection {ConnectionId} of user {UserId}: no message within the client time-out")]
        public static partial void Silent(ILogger logger, string connectionId, string userId);
    }
}
