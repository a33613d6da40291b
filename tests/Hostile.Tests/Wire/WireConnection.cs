using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CleanMessaging.Hostile.Tests.Wire;

/// <summary>An HTTP/1.1 client that writes bytes and reads one response. It reuses its connection while the server keeps it open.</summary>
internal sealed class WireConnection(Uri address) : IAsyncDisposable
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(15);

    private readonly byte[] _buffer = new byte[16 * 1024];
    private TcpClient? _client;
    private int _start;
    private int _end;

    /// <summary>
    /// Sends a request and returns the response. Repeats the request when the server is only too busy, because an error that the request
    /// causes would occur again. Also repeats it when the connection was just closing.
    /// </summary>
    public async Task<WireAnswer?> SendUntilServedAsync(ReadOnlyMemory<byte> request)
    {
        WireAnswer? answer = null;
        for (var attempt = 0; attempt < 5 && answer is null or { Code: "storage.unavailable" }; attempt++)
            answer = await SendAsync(request);

        return answer;
    }

    /// <summary>
    /// Sends a request and returns the response; null when the server closes the connection without one, or does not respond in time.
    /// </summary>
    public async Task<WireAnswer?> SendAsync(ReadOnlyMemory<byte> request)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_waitLimit);
        try
        {
            var stream = await OpenAsync(limit.Token);
            var writing = WriteAsync(stream, request, limit.Token);
            var answer = await ReadAsync(stream, request.Span.StartsWith("HEAD "u8), limit.Token);
            if (answer is null || answer.Closes)
                Close();

            await writing;

            return answer;
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close();
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();

            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();

        return ValueTask.CompletedTask;
    }

    private async Task<NetworkStream> OpenAsync(CancellationToken cancellationToken)
    {
        if (_client is null)
        {
            _client = new TcpClient { NoDelay = true };
            await _client.ConnectAsync(address.Host, address.Port, cancellationToken);
        }

        return _client.GetStream();
    }

    private void Close()
    {
        _client?.Dispose();
        _client = null;
        (_start, _end) = (0, 0);
    }

    /// <summary>Ignores write errors, because a server may respond and close the connection before it has read the whole request.</summary>
    private static async Task WriteAsync(NetworkStream stream, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(request, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
        }
    }

    private async Task<WireAnswer?> ReadAsync(NetworkStream stream, bool isHead, CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(stream, cancellationToken) is { } statusLine)
        {
            var status = int.Parse(statusLine.Split(' ')[1], CultureInfo.InvariantCulture);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await ReadLineAsync(stream, cancellationToken) is { Length: > 0 } line)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
                headers[name] = headers.TryGetValue(name, out var earlier) ? $"{earlier}, {value}" : value;
            }

            if (status is >= 100 and < 200 and not 101)
                continue;

            var body = isHead || status is 101 or 204 or 304 ? [] : await ReadBodyAsync(stream, headers, cancellationToken);

            return new WireAnswer(status, headers, body);
        }

        return null;
    }

    private async Task<byte[]> ReadBodyAsync(NetworkStream stream, Dictionary<string, string> headers, CancellationToken cancellationToken)
    {
        if (headers.TryGetValue("Content-Length", out var length))
            return await ReadExactlyAsync(stream, int.Parse(length, CultureInfo.InvariantCulture), cancellationToken);

        if (headers.GetValueOrDefault("Transfer-Encoding") != "chunked")
            return [];

        using var body = new MemoryStream();
        while (true)
        {
            var line = await ReadLineAsync(stream, cancellationToken) ?? throw new IOException("The answer ends inside.");
            var size = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await ReadExactlyAsync(stream, size, cancellationToken));
            await ReadLineAsync(stream, cancellationToken);
            if (size == 0)
                return body.ToArray();
        }
    }

    private async Task<string?> ReadLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            var newline = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            line.Append(Encoding.Latin1.GetString(_buffer, _start, (newline < 0 ? _end : newline) - _start));
            _start = newline < 0 ? _end : newline + 1;
            if (newline >= 0)
                return line.ToString().TrimEnd('\r');

            if (!await FillAsync(stream, cancellationToken))
                return null;
        }
    }

    private async Task<byte[]> ReadExactlyAsync(NetworkStream stream, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            if (_start == _end && !await FillAsync(stream, cancellationToken))
                throw new IOException("The answer ends inside.");

            var part = Math.Min(count - read, _end - _start);
            Array.Copy(_buffer, _start, bytes, read, part);
            (_start, read) = (_start + part, read + part);
        }

        return bytes;
    }

    private async Task<bool> FillAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        (_start, _end) = (0, 0);
        _end = await stream.ReadAsync(_buffer, cancellationToken);

        return _end > 0;
    }
}
