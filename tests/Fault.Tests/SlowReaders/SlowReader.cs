using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CleanMessaging.Fault.Tests.SlowReaders;

/// <summary>
/// A socket that writes a request and reads the response at 400 bytes per second, until the server or the test closes it.
/// </summary>
internal sealed class SlowReader : IAsyncDisposable
{
    private const int BytesPerRead = 40;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };
    private readonly CancellationTokenSource _stopping = new();
    private readonly byte[] _received = new byte[BytesPerRead];
    private readonly StringBuilder _start = new();
    private Task _reading = Task.CompletedTask;

    /// <summary>The status of the response; 0 without a response.</summary>
    public int Status { get; private set; }

    public int Bytes { get; private set; }

    /// <summary>The time for which the server kept the connection open; null while it is open.</summary>
    public TimeSpan? EndedAfter { get; private set; }

    public static async Task<SlowReader> StartAsync(Uri server, params byte[][] writes)
    {
        var reader = new SlowReader();
        await reader._socket.ConnectAsync(IPAddress.Loopback, server.Port);
        reader._reading = reader.RunAsync(writes);

        return reader;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(byte[][] writes)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            foreach (var bytes in writes)
                await _socket.SendAsync(bytes, _stopping.Token);

            while (await _socket.ReceiveAsync(_received, _stopping.Token) is var length and > 0)
            {
                Take(length);
                await Task.Delay(_pause, _stopping.Token);
            }
        }
        catch (SocketException)
        {
            // The server has closed the connection.
        }
        catch (OperationCanceledException)
        {
            return;
        }

        EndedAfter = Stopwatch.GetElapsedTime(started);
    }

    private void Take(int length)
    {
        Bytes += length;
        if (Status > 0)
            return;

        _start.Append(Encoding.ASCII.GetString(_received, 0, length));
        if (_start.Length >= 12)
            Status = int.Parse(_start.ToString(9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }
}
