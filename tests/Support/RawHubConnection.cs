using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace CleanMessaging.Tests.Support;

/// <summary>A hub connection without a client library. It can send any frame, and can leave received data unread.</summary>
public sealed class RawHubConnection : IAsyncDisposable
{
    /// <summary>The first frame of a client.</summary>
    public const string Handshake = """{"protocol":"json","version":1}""";

    private const char End = '\u001e';

    private readonly ClientWebSocket _socket;
    private readonly Queue<JsonElement> _received = new();
    private readonly StringBuilder _partial = new();
    private int _calls;

    private RawHubConnection(ClientWebSocket socket) => _socket = socket;

    /// <summary>Connects and completes the handshake.</summary>
    public static async Task<RawHubConnection> OpenAsync(ApiServer server, TestUser user)
    {
        var connection = await ConnectAsync(server, user);
        await connection.SendAsync(Handshake);
        (await connection.ReceiveAsync()).EnumerateObject().ShouldBeEmpty();

        return connection;
    }

    /// <summary>Connects without the handshake.</summary>
    public static async Task<RawHubConnection> ConnectAsync(ApiServer server, TestUser user)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {user.AccessToken}");
        await socket.ConnectAsync(AddressOf(server), TestContext.Current.CancellationToken);

        return new RawHubConnection(socket);
    }

    public static Uri AddressOf(ApiServer server, string query = "") =>
        new UriBuilder(new Uri(server.Address, "/hubs/messaging")) { Scheme = "ws", Query = query }.Uri;

    /// <summary>Sends one frame unchanged.</summary>
    public Task SendAsync(string json) => SendBytesAsync(Encoding.UTF8.GetBytes(json + End));

    /// <summary>Sends bytes unchanged, without adding a record separator.</summary>
    public Task SendBytesAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type = WebSocketMessageType.Text) =>
        _socket.SendAsync(bytes, type, true, TestContext.Current.CancellationToken).AsTask();

    /// <summary>Calls a method with raw JSON arguments, and returns the completion.</summary>
    public async Task<JsonElement> InvokeAsync(string method, string arguments)
    {
        var id = (++_calls).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":[{{arguments}}]}""");
        while (true)
        {
            var message = await ReceiveAsync();
            if (message.TryGetProperty("type", out var type) && type.GetInt32() == 3)
                return message;
        }
    }

    /// <summary>Reads until the server closes or aborts the connection; returns the text received before.</summary>
    public async Task<string> WaitForEndAsync()
    {
        using var waitLimit = WaitLimit();
        var last = new StringBuilder();
        var buffer = new byte[16_384];
        try
        {
            while (await _socket.ReceiveAsync(buffer, waitLimit.Token) is { MessageType: WebSocketMessageType.Text } frame)
                last.Append(Encoding.UTF8.GetString(buffer, 0, frame.Count));
        }
        catch (WebSocketException)
        {
            // The connection was aborted without a close message.
        }

        return last.ToString();
    }

    /// <summary>Returns the next message, or null when the server has closed or aborted the connection.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        try
        {
            return await ReceiveAsync();
        }
        catch (WebSocketException)
        {
            // The connection was aborted without a close message.
            return null;
        }
    }

    /// <summary>Sends the close frame; the server may still send.</summary>
    public Task CloseAsync() =>
        _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();

        return ValueTask.CompletedTask;
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        using var waitLimit = WaitLimit();
        var buffer = new byte[16_384];
        while (_received.Count == 0)
        {
            var frame = await _socket.ReceiveAsync(buffer, waitLimit.Token);
            if (frame.MessageType == WebSocketMessageType.Close)
                throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, frame.CloseStatusDescription);

            frame.MessageType.ShouldBe(WebSocketMessageType.Text);
            _partial.Append(Encoding.UTF8.GetString(buffer, 0, frame.Count));
            if (!frame.EndOfMessage || _partial[^1] != End)
                continue;

            foreach (var json in _partial.ToString().Split(End, StringSplitOptions.RemoveEmptyEntries))
                _received.Enqueue(JsonDocument.Parse(json).RootElement.Clone());
            _partial.Clear();
        }

        return _received.Dequeue();
    }

    private static CancellationTokenSource WaitLimit()
    {
        var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        waitLimit.CancelAfter(TimeSpan.FromSeconds(10));

        return waitLimit;
    }
}
