using System.Net;
using System.Net.Sockets;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Network;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Limits the TCP connections of the server, of an address and of an IPv6 site, before TLS and HTTP. A new connection must send its first
/// byte in time, or it is closed. Above the limit of all connections a small reserve serves only health checks, so that an orchestrator can
/// distinguish a full server from a failed one.
/// </summary>
internal sealed class SocketLimit(IOptions<LimitOptions> options, IOptions<ProxyOptions> proxies, LimitLog log)
{
    private readonly Lock _gate = new();
    private readonly AddressCounts _counts = new(options.Value.SocketsOfAddress(), options.Value.SocketsOfSite());
    private readonly IReadOnlyList<System.Net.IPNetwork> _proxies = [.. proxies.Value.ToNetworks()];

    /// <summary>The sockets of the reserve that have not sent complete request headers yet, oldest first.</summary>
    private readonly LinkedList<Reserved> _waiting = new();
    private int _ordinary;
    private int _reserved;

    /// <summary>Runs as Kestrel connection middleware and counts a connection until it ends.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        var isCounted = !IsProxy(address);
        if (!TryEnter(connection, address, isCounted, out var reserved))
        {
            connection.Abort(new ConnectionAbortedException("Too many connections."));
            return;
        }

        try
        {
            if (reserved is not null)
                connection.Features.Set(reserved);

            if (await SendsFirstByteAsync(connection))
                await next(connection);
        }
        finally
        {
            Leave(address, isCounted, reserved);
        }
    }

    /// <summary>Runs as HTTP middleware. On a connection of the reserve, only health checks are served.</summary>
    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (httpContext.Features.Get<Reserved>() is not { } reserved)
            return next(httpContext);

        lock (_gate)
            reserved.LeaveLine();

        httpContext.Response.Headers.Connection = "close";

        return httpContext.Request.Path.StartsWithSegments("/health")
            ? next(httpContext)
            : Problems.WriteAsync(httpContext, LimitErrors.Busy());
    }

    private bool IsProxy(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        return _proxies.Any(proxy => proxy.Contains(plain));
    }

    private bool TryEnter(ConnectionContext connection, IPAddress address, bool isCounted, out Reserved? reserved)
    {
        reserved = null;
        lock (_gate)
        {
            if (isCounted && _counts.TryEnter(address) is var outcome and not AddressCounts.Outcome.Entered)
            {
                log.Reached(
                    outcome == AddressCounts.Outcome.TooManyOfSite
                        ? nameof(LimitOptions.SocketsPerSite)
                        : nameof(LimitOptions.SocketsPerAddress),
                    $"address {ClientAddress.Subscriber(address)}");

                return false;
            }

            if (_ordinary < options.Value.Sockets)
            {
                _ordinary++;

                return true;
            }

            log.Reached(nameof(LimitOptions.Sockets), "all callers");
            if (TryReserve(connection, out reserved))
                return true;

            if (isCounted)
                _counts.Leave(address);

            return false;
        }
    }

    /// <summary>
    /// Adds a connection to the reserve. If the reserve is full, closes the socket that has waited longest without a request.
    /// </summary>
    private bool TryReserve(ConnectionContext connection, out Reserved? reserved)
    {
        reserved = null;
        if (_reserved >= options.Value.SocketsInReserve)
        {
            if (_waiting.First is not { } oldest)
                return false;

            oldest.Value.LeaveLine();
            oldest.Value.GiveUpPlace();
            _reserved--;
            oldest.Value.Connection.Abort(new ConnectionAbortedException("The connection was closed in favor of a newer one."));
        }

        _reserved++;
        reserved = new Reserved(connection, _waiting);

        return true;
    }

    private void Leave(IPAddress address, bool isCounted, Reserved? reserved)
    {
        lock (_gate)
        {
            if (isCounted)
                _counts.Leave(address);

            if (reserved is null)
            {
                _ordinary--;
                return;
            }

            reserved.LeaveLine();
            if (reserved.HasPlace)
                _reserved--;
        }
    }

    /// <summary>Waits for the first byte without consuming it.</summary>
    private async Task<bool> SendsFirstByteAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;

        // When the server stops, it does not wait for connections without a request.
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            ?? CancellationToken.None;
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping);
        waitLimit.CancelAfter(options.Value.FirstByteTime);
        try
        {
            var result = await input.ReadAsync(waitLimit.Token);
            var hasCome = !result.Buffer.IsEmpty;
            input.AdvanceTo(result.Buffer.Start);

            return hasCome;
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or ConnectionResetException or ConnectionAbortedException or SocketException)
        {
            connection.Abort(new ConnectionAbortedException("The client sent no data in time."));

            return false;
        }
    }

    /// <summary>A socket in the reserve. Its state changes only while the lock is held.</summary>
    private sealed class Reserved
    {
        private readonly LinkedListNode<Reserved> _node;

        public Reserved(ConnectionContext connection, LinkedList<Reserved> line)
        {
            Connection = connection;
            _node = line.AddLast(this);
        }

        public ConnectionContext Connection { get; }

        public bool HasPlace { get; private set; } = true;

        /// <summary>Removes the socket from the queue, so that it is no longer closed in favor of a newer one.</summary>
        public void LeaveLine() => _node.List?.Remove(_node);

        public void GiveUpPlace() => HasPlace = false;
    }
}
