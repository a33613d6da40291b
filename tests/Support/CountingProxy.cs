using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>The point at which a connection is cut.</summary>
public enum CommitCut
{
    /// <summary>The server receives the COMMIT and responds; the response is discarded.</summary>
    Answer,

    /// <summary>The server does not receive the COMMIT, and rolls back.</summary>
    Request,

    /// <summary>
    /// The server receives the COMMIT and responds; the response is discarded, and the connection stays open until the client times out.
    /// </summary>
    Silence,
}

/// <summary>
/// A proxy on loopback between the application and PostgreSQL. It counts round trips, and can cut connections at COMMIT
/// or go silent.
/// </summary>
public sealed class CountingProxy : IAsyncDisposable
{
    /// <summary>The simple query message that Npgsql sends to commit: type, length, text.</summary>
    private static readonly byte[] _commit = [(byte)'Q', 0, 0, 0, 11, .. "COMMIT\0"u8];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly Task _accepting;
    private Fault? _fault;
    private TaskCompletionSource? _silence;
    private int _roundTrips;
    private int _cuts;

    public CountingProxy(string connectionString)
    {
        _target = new NpgsqlConnectionStringBuilder(connectionString);
        _listener.Start();
        var here = (IPEndPoint)_listener.LocalEndpoint;
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = here.Address.ToString(),
            Port = here.Port,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
        _accepting = AcceptAsync();
    }

    /// <summary>The connection string of the same database through the proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>The number of round trips over all connections.</summary>
    public int RoundTrips => Volatile.Read(ref _roundTrips);

    /// <summary>The number of connections that were cut at COMMIT.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Cuts the connections of the next COMMITs.</summary>
    /// <param name="cut">The point of the cut, before or after the server commits.</param>
    /// <param name="times">The number of COMMITs to cut.</param>
    /// <param name="beforeResponse">Runs after the server has finished and before the client is notified.</param>
    public void CutAtCommit(CommitCut cut, int times = 1, Func<Task>? beforeResponse = null) =>
        Volatile.Write(ref _fault, new Fault(cut, beforeResponse ?? (() => Task.CompletedTask)) { Times = times });

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
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy was disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(_target.Host!, _target.Port, _stopping.Token);
                var link = new Link(client, server);
                await Task.WhenAny(ForwardRequestsAsync(link), ForwardAnswersAsync(link));
            }
            catch (Exception exception) when (IsTheEnd(exception))
            {
                // One side has closed its connection; the other one is closed too.
            }
        }
    }

    private async Task ForwardRequestsAsync(Link link)
    {
        var buffer = new byte[65_536];
        int length;
        while ((length = await link.Client.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
        {
            await WhileSilentAsync();
            var chunk = buffer.AsMemory(0, length);
            if ((chunk.Span.IndexOf(_commit) >= 0 || link.Sends.AreStoredBy(chunk.Span)) && TakeFault() is { } fault)
            {
                await CutAsync(link, fault, chunk);

                return;
            }

            link.ClientSpoke = true;
            await link.Server.GetStream().WriteAsync(chunk, _stopping.Token);
        }
    }

    private async Task ForwardAnswersAsync(Link link)
    {
        var buffer = new byte[65_536];
        int length;
        while ((length = await link.Server.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
        {
            await WhileSilentAsync();
            if (link.IsMuted)
            {
                link.Answered.TrySetResult();
                continue;
            }

            if (link.ClientSpoke)
            {
                link.ClientSpoke = false;
                Interlocked.Increment(ref _roundTrips);
            }

            await link.Client.GetStream().WriteAsync(buffer.AsMemory(0, length), _stopping.Token);
        }

        // The server's side is closed first; the client is disconnected when the cut is complete.
        if (link.IsMuted)
            await link.Cut.Task;
    }

    private async Task CutAsync(Link link, Fault fault, ReadOnlyMemory<byte> commit)
    {
        link.IsMuted = true;
        if (fault.Cut == CommitCut.Request)
        {
            link.Server.Client.Shutdown(SocketShutdown.Both);
        }
        else
        {
            await link.Server.GetStream().WriteAsync(commit, _stopping.Token);
            await link.Answered.Task.WaitAsync(_stopping.Token);
        }

        if (fault.Cut == CommitCut.Silence)
            await WhileOpenAsync(link.Client);

        await fault.BeforeResponse();
        Interlocked.Increment(ref _cuts);
        link.Cut.TrySetResult();
    }

    private async Task WhileOpenAsync(TcpClient client)
    {
        var ignored = new byte[1024];
        try
        {
            while (await client.GetStream().ReadAsync(ignored, _stopping.Token) > 0)
            {
                // Bytes that the client still sends are discarded.
            }
        }
        catch (IOException)
        {
            // The connection was reset.
        }
    }

    private async Task WhileSilentAsync()
    {
        if (Volatile.Read(ref _silence) is { } silence)
            await silence.Task.WaitAsync(_stopping.Token);
    }

    private Fault? TakeFault() => Volatile.Read(ref _fault) is { } fault && Interlocked.Decrement(ref fault.Times) >= 0 ? fault : null;

    private static bool IsTheEnd(Exception exception) =>
        exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    private sealed class Link(TcpClient client, TcpClient server)
    {
        public TcpClient Client { get; } = client;

        public TcpClient Server { get; } = server;

        public SpottedSends Sends { get; } = new();

        public volatile bool ClientSpoke;

        public volatile bool IsMuted;

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cut { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>
    /// Finds the statement that stores a batch of sends. A batch has no COMMIT, because this statement commits. It is recognized by its
    /// text first, then by its prepared name.
    /// </summary>
    private sealed class SpottedSends
    {
        private static readonly byte[] _beginning = [.. "WITH quota AS ("u8];

        /// <summary>The names of the prepared statements: batches with and without attachments have one each.</summary>
        private readonly List<byte[]> _binds = [];

        public bool AreStoredBy(ReadOnlySpan<byte> chunk)
        {
            var text = chunk.IndexOf(_beginning);
            if (text < 0)
            {
                foreach (var bind in _binds)
                {
                    if (chunk.IndexOf(bind) >= 0)
                        return true;
                }

                return false;
            }

            // The name begins with an underscore. The byte before it belongs to the length of the message and can look like a letter or digit.
            var name = text - 1;
            while (name > 0 && char.IsAsciiLetterOrDigit((char)chunk[name - 1]))
                name--;
            if (name > 0 && chunk[name - 1] == '_')
                _binds.Add([0, .. chunk[(name - 1)..(text - 1)], 0]);

            return true;
        }
    }

    private sealed class Fault(CommitCut cut, Func<Task> beforeResponse)
    {
        public int Times;

        public CommitCut Cut { get; } = cut;

        public Func<Task> BeforeResponse { get; } = beforeResponse;
    }

    private sealed class Silence(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
