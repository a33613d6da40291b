using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CleanMessaging.Tests.Support;

/// <summary>The part of a request that is lost.</summary>
public enum Loss
{
    Nothing,

    /// <summary>The server does not receive the request, and the connection is cut.</summary>
    Request,

    /// <summary>The server receives the request and responds; the response is discarded, and the connection is cut.</summary>
    Answer,

    /// <summary>The server does not receive the request, and the connection stays open.</summary>
    Everything,
}

/// <summary>
/// A proxy on loopback between clients and the API that simulates an unreliable network. It cuts or rejects connections, goes silent, loses
/// requests or responses, and loses, duplicates or reorders hub events.
/// </summary>
public sealed class BadLine : IAsyncDisposable
{
    private static readonly byte[] _forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Link> _links = [];
    private readonly Task _accepting;
    private TaskCompletionSource? _silence;
    private int _hubAnswersToLose;
    private int _losses;
    private int _hubConnections;

    public BadLine(Uri server)
    {
        Server = server;
        _listener.Start();
        Address = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>The address of the proxy.</summary>
    public Uri Address { get; }

    /// <summary>The server to which new connections are forwarded.</summary>
    public Uri Server { get; set; }

    /// <summary>Whether new connections are closed immediately.</summary>
    public bool IsDown { get; set; }

    /// <summary>Selects what is lost of a request, by its method and path: <c>POST /api/messages/send</c>.</summary>
    public Func<string, Loss> Losing { get; set; } = _ => Loss.Nothing;

    /// <summary>Selects what happens to a hub event, by its name.</summary>
    public Func<string, Fate> Event { get; set; } = _ => Fate.Pass;

    /// <summary>Whether the responses to hub calls are lost. Events are delivered.</summary>
    public bool LosesHubAnswers { get; set; }

    /// <summary>The number of the next responses to hub calls that are lost.</summary>
    public int HubAnswersToLose
    {
        get => Volatile.Read(ref _hubAnswersToLose);
        set => Volatile.Write(ref _hubAnswersToLose, value);
    }

    /// <summary>
    /// Whether new hub connections are rejected, as a proxy without support for WebSockets does. Open ones are not affected.
    /// </summary>
    public bool BlocksHubs { get; set; }

    /// <summary>
    /// Whether a hub connection is cut when the server first sends something after the handshake, as by a proxy that does not support long
    /// connections.
    /// </summary>
    public bool CutsHubs { get; set; }

    /// <summary>The number of lost requests and responses.</summary>
    public int Losses => Volatile.Read(ref _losses);

    /// <summary>The number of hub connections so far.</summary>
    public int HubConnections => Volatile.Read(ref _hubConnections);

    /// <summary>Cuts every connection immediately, without a close message.</summary>
    public void Cut()
    {
        foreach (var link in Links())
            link.Cut();
    }

    /// <summary>Cuts only the hub connections.</summary>
    public void CutHubs()
    {
        foreach (var link in Links().Where(link => link.IsHub))
            link.Cut();
    }

    /// <summary>Stops forwarding in both directions and keeps every connection open, until the result is disposed.</summary>
    public IDisposable GoSilent()
    {
        var silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _silence, silence);

        return new Silence(() =>
        {
            Volatile.Write(ref _silence, null);
            silence.SetResult();
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        foreach (var link in Links())
            link.Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private Link[] Links()
    {
        lock (_links)
            return [.. _links];
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The proxy was disposed, or the client canceled its connection attempt.
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            if (IsDown)
                return;

            client.NoDelay = true;
            var link = new Link(client, server);
            lock (_links)
                _links.Add(link);
            try
            {
                await server.ConnectAsync(Server.Host, Server.Port, _stopping.Token);
                await Task.WhenAny(ForwardRequestsAsync(link), ForwardAnswersAsync(link));
            }
            catch (Exception exception) when (
                exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The server is not running, or the connection was cut.
            }

            lock (_links)
                _links.Remove(link);
        }
    }

    private async Task ForwardRequestsAsync(Link link)
    {
        var buffer = new byte[65_536];
        int length;
        while ((length = await link.Client.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
        {
            await WhileSilentAsync();
            if (!link.IsHub && LineOf(buffer.AsSpan(0, length)) is { } line)
            {
                if (BlocksHubs && line.Contains("/hubs/", StringComparison.Ordinal))
                {
                    await link.Client.GetStream().WriteAsync(_forbidden, _stopping.Token);
                    return;
                }

                link.Loses = Losing(line);
                if (link.Loses is Loss.Request or Loss.Everything)
                    Interlocked.Increment(ref _losses);
                if (link.Loses == Loss.Request)
                    return;
            }

            if (link.Loses == Loss.Everything)
                continue;

            await link.Server.GetStream().WriteAsync(buffer.AsMemory(0, length), _stopping.Token);
        }
    }

    private async Task ForwardAnswersAsync(Link link)
    {
        var buffer = new byte[65_536];
        var frames = default(HubFrames);
        var hubAnswers = 0;
        int length;
        while ((length = await link.Server.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
        {
            await WhileSilentAsync();
            if (link.Loses == Loss.Answer)
            {
                Interlocked.Increment(ref _losses);
                return;
            }

            if (CutsHubs && link.IsHub && ++hubAnswers > 1)
                return;

            var chunk = buffer.AsMemory(0, length);
            if (frames is null && chunk.Span.StartsWith("HTTP/1.1 101"u8))
            {
                link.IsHub = true;
                Interlocked.Increment(ref _hubConnections);
                frames = new HubFrames(name => Event(name), () => LosesHubAnswers || Interlocked.Decrement(ref _hubAnswersToLose) >= 0);
            }

            await link.Client.GetStream().WriteAsync(frames is null ? chunk : frames.Pass(chunk.Span), _stopping.Token);
        }
    }

    private async Task WhileSilentAsync()
    {
        if (Volatile.Read(ref _silence) is { } silence)
            await silence.Task.WaitAsync(_stopping.Token);
    }

    /// <summary>
    /// Returns the method and path when a request begins here; data that does not begin with a method belongs to the previous request.
    /// </summary>
    private static string? LineOf(ReadOnlySpan<byte> chunk)
    {
        if (!chunk.StartsWith("GET /"u8) && !chunk.StartsWith("POST /"u8) && !chunk.StartsWith("PUT /"u8))
            return null;

        var end = chunk.IndexOfAny("?\r"u8);
        var line = Encoding.ASCII.GetString(chunk[..end]);

        return line.EndsWith(" HTTP/1.1", StringComparison.Ordinal) ? line[..^9] : line;
    }

    private sealed class Link(TcpClient client, TcpClient server)
    {
        private readonly Socket[] _sockets = [client.Client, server.Client];

        public TcpClient Client { get; } = client;

        public TcpClient Server { get; } = server;

        public volatile Loss Loses;

        public volatile bool IsHub;

        public void Cut()
        {
            foreach (var socket in _sockets)
                socket.Close(timeout: 0);
        }
    }

    private sealed class Silence(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
