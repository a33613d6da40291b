using System.Net.WebSockets;
using System.Text;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>A minimal hub connection: joins a conversation and passes each received frame to a callback.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private const byte End = 0x1e;

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _reading = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;

    /// <summary>Connects and joins a conversation.</summary>
    /// <param name="received">Called with each message that the server sends, without its end.</param>
    /// <param name="conversationId">Null to join none.</param>
    public static async Task<LiveClient> ConnectAsync(
        Target target, string token, Guid? conversationId, Action<ReadOnlySpan<byte>> received)
    {
        var client = new LiveClient();
        client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        client._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        var address = new UriBuilder(new Uri(target.Address, "/hubs/messaging")) { Scheme = "ws" }.Uri;
        await client._socket.ConnectAsync(address, CancellationToken.None);
        await client.SendAsync("""{"protocol":"json","version":1}""");
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client._reading = client.ReadAsync(received, joined);
        if (conversationId is not { } id)
            return client;

        await client.SendAsync($$"""{"type":1,"invocationId":"1","target":"Join","arguments":[{"conversationId":"{{id}}"}]}""");
        await joined.Task.WaitAsync(TimeSpan.FromSeconds(60));

        return client;
    }

    /// <summary>Sends a keep-alive ping; the server closes a connection that sends nothing for 30 seconds.</summary>
    public Task PingAsync() => SendAsync("""{"type":6}""");

    /// <summary>Notifies the other participant that the user is typing or has stopped.</summary>
    public Task TypeAsync(Guid conversationId, bool isTyping) => SendAsync(
        $$"""{"type":1,"target":"Typing","arguments":[{"conversationId":"{{conversationId}}","isTyping":{{(isTyping ? "true" : "false")}}}]}""");

    /// <summary>Marks a message as read, unless an earlier frame of this client is still being written.</summary>
    public void MarkRead(Guid conversationId, Guid messageId)
    {
        if (_writing.IsCompleted)
        {
            _writing = SendAsync(
                $$"""{"type":1,"target":"Read","arguments":[{"conversationId":"{{conversationId}}","messageIds":["{{messageId}}"]}]}""");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private Task SendAsync(string json) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(json + (char)End), WebSocketMessageType.Text, true, CancellationToken.None);

    private async Task ReadAsync(Action<ReadOnlySpan<byte>> received, TaskCompletionSource joined)
    {
        var buffer = new byte[32_768];
        var filled = 0;
        try
        {
            while (true)
            {
                var frame = await _socket.ReceiveAsync(buffer.AsMemory(filled), _stopping.Token);
                if (frame.MessageType == WebSocketMessageType.Close)
                    return;

                filled += frame.Count;
                var begin = 0;
                int end;
                while ((end = buffer.AsSpan(begin, filled - begin).IndexOf(End)) >= 0)
                {
                    var message = buffer.AsSpan(begin, end);
                    if (message.StartsWith("{\"type\":3"u8))
                        joined.TrySetResult();
                    received(message);
                    begin += end + 1;
                }

                buffer.AsSpan(begin, filled - begin).CopyTo(buffer);
                filled -= begin;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            joined.TrySetException(exception);
            _ = joined.Task.Exception;
        }
    }
}
