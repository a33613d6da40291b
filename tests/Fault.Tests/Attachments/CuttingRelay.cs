using System.Net;
using System.Net.Sockets;

namespace CleanMessaging.Fault.Tests.Attachments;

/// <summary>Passes each connection on to the next of several servers, and cuts the first ones after a number of bytes of the client.</summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _bytesMax;
    private readonly Uri[] _servers;
    private readonly Task _accepting;
    private int _cutsLeft;

    /// <param name="cuts">The number of connections to cut.</param>
    /// <param name="bytesMax">The bytes after which they are cut. A connection with fewer bytes is not cut.</param>
    public CuttingRelay(int cuts, long bytesMax, params Uri[] servers)
    {
        (_cutsLeft, _bytesMax, _servers) = (cuts, bytesMax, servers);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>The connections that are still to be cut.</summary>
    public int CutsLeft => Math.Max(0, Volatile.Read(ref _cutsLeft));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        for (var count = 0; !_stopping.IsCancellationRequested; count++)
        {
            var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            connections.Add(RelayAsync(client, _servers[count % _servers.Length]));
        }

        await Task.WhenAll(connections);
    }

    private async Task RelayAsync(TcpClient client, Uri address)
    {
        using var server = new TcpClient();
        using (client)
        {
            // A closed connection is reset, so that neither side waits for the rest.
            client.LingerState = server.LingerState = new LingerOption(enable: true, seconds: 0);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, address.Port, _stopping.Token);
                var responses = server.GetStream().CopyToAsync(client.GetStream(), _stopping.Token);
                await Task.WhenAny(SendAsync(client.GetStream(), server.GetStream()), responses);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One side has closed the connection.
            }
        }
    }

    /// <summary>Passes the bytes of the client on; returns when the client has closed the connection, or when it is to be cut.</summary>
    private async Task SendAsync(NetworkStream client, NetworkStream server)
    {
        var buffer = new byte[64 * 1024];
        for (var sent = 0L; await client.ReadAsync(buffer, _stopping.Token) is > 0 and var read; sent += read)
        {
            await server.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
            if (sent + read >= _bytesMax && sent < _bytesMax && Interlocked.Decrement(ref _cutsLeft) >= 0)
                return;
        }
    }
}
