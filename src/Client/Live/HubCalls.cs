using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Client;

/// <summary>
/// The calls and events of the hub, independent of the current connection. Each call has a time limit. Uses one WebSocket without
/// negotiation.
/// </summary>
internal sealed class HubCalls(MessagingClient client, ApiTransport api, MessagingSessionOptions options)
{
    private const string Path = "hubs/messaging";

    /// <summary>
    /// After this many unanswered calls in a row, the connection counts as broken: the server runs the calls of a connection one after the
    /// other.
    /// </summary>
    private const int UnansweredMax = 2;

    /// <summary>How long the client waits for the server's close frame when it closes a connection.</summary>
    private static readonly TimeSpan _closeLimit = TimeSpan.FromSeconds(1);

    private volatile Connected? _connected;

    public event Action<NewMessageEvent>? NewMessage;

    public event Action<MessageChangedEvent>? MessageChanged;

    public event Action<MessageDeletedEvent>? MessageDeleted;

    public event Action<ReadEvent>? Read;

    public event Action<TypingEvent>? Typing;

    public event Action<ConversationUpdatedEvent>? ConversationUpdated;

    public event Action<PersonalChangedEvent>? PersonalChanged;

    public event Action<SyncNeededEvent>? SyncNeeded;

    /// <summary>Whether there is a connection for calls.</summary>
    public bool IsConnected => _connected is not null;

    /// <summary>Creates a connection with the subscriptions to the events. It is not started.</summary>
    public HubConnection Build()
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(client.Address, Path), connection =>
        {
            connection.Transports = HttpTransportType.WebSockets;
            connection.SkipNegotiation = true;
            connection.CloseTimeout = _closeLimit;
            connection.AccessTokenProvider = async () => await api.TokenAsync(CancellationToken.None).ConfigureAwait(false);
        });
        builder.AddJsonProtocol(json =>
        {
            json.PayloadSerializerOptions = MessagingJson.Default.Options;
        });
        var hub = builder.Build();
        hub.On<NewMessageEvent>("NewMessage", received => NewMessage?.Invoke(received));
        hub.On<MessageChangedEvent>("MessageChanged", received => MessageChanged?.Invoke(received));
        hub.On<MessageDeletedEvent>("MessageDeleted", received => MessageDeleted?.Invoke(received));
        hub.On<ReadEvent>("Read", received => Read?.Invoke(received));
        hub.On<TypingEvent>("Typing", received => Typing?.Invoke(received));
        hub.On<ConversationUpdatedEvent>("ConversationUpdated", received => ConversationUpdated?.Invoke(received));
        hub.On<PersonalChangedEvent>("PersonalChanged", received => PersonalChanged?.Invoke(received));
        hub.On<SyncNeededEvent>("SyncNeeded", received => SyncNeeded?.Invoke(received));

        return hub;
    }

    /// <summary>Subscribes to the event that announces the shutdown of a connection's server.</summary>
    public static void OnDraining(HubConnection hub, Action<ServerDrainingEvent> handler) => hub.On("ServerDraining", handler);

    /// <summary>Uses a started connection for the calls, until <see cref="Release"/>.</summary>
    /// <param name="onUnanswered">Called when too many calls in a row were not answered.</param>
    public void Use(HubConnection hub, Action<TimeoutException> onUnanswered) => _connected = new Connected(hub, onUnanswered);

    /// <summary>Rejects calls until there is another connection.</summary>
    public void Release() => _connected = null;

    /// <summary>Joins a conversation's SignalR group, and returns the changes since a revision and a personal revision.</summary>
    /// <exception cref="MessagingException">The server rejected the request, did not respond in time, or could not be reached.</exception>
    public async Task<JoinedConversation> JoinAsync(
        Guid conversationId, long? sinceRevision, long? sincePersonalRevision, CancellationToken cancellationToken)
    {
        var requestedAt = client.Clock.GetTimestamp();
        var call = new JoinCall(conversationId, sinceRevision, sincePersonalRevision);
        var joined = await CallAsync<JoinedConversation>("Join", call, cancellationToken).ConfigureAwait(false);
        api.Clock.AddReading(joined.ServerTime, requestedAt);

        return joined;
    }

    /// <inheritdoc cref="JoinAsync"/>
    public Task LeaveAsync(Guid conversationId, CancellationToken cancellationToken) =>
        CallAsync<object?>("Leave", new LeaveCall(conversationId), cancellationToken);

    /// <summary>Notifies the others that the user is typing or has stopped. Never fails: a lost notification has no consequences.</summary>
    public async Task NotifyTypingAsync(Guid conversationId, bool isTyping, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync<object?>("Typing", new TypingCall(conversationId, isTyping), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or OperationCanceledException)
        {
            // The next notification follows within seconds.
        }
    }

    private async Task<T> CallAsync<T>(string method, object argument, CancellationToken cancellationToken)
    {
        if (_connected is not { } connected)
            throw new ServerUnavailableException(new InvalidOperationException("There is no connection."));

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.HubCallTimeout);
        try
        {
            var response = await connected.Hub.InvokeAsync<T>(method, argument, limit.Token).ConfigureAwait(false);
            connected.OnResponse();

            return response;
        }
        catch (HubException rejected)
        {
            connected.OnResponse();
            var text = rejected.Message;
            var json = text.IndexOf('{', StringComparison.Ordinal);

            throw (json < 0 ? null : ProblemReader.Read(text[json..]))?.ToException() ?? new ServerUnavailableException(rejected);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && limit.IsCancellationRequested)
        {
            var timeout = new TimeoutException($"The server did not respond to {method} within {options.HubCallTimeout}.");
            connected.OnUnanswered(timeout);

            throw new ServerUnavailableException(timeout);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnavailableException(exception);
        }
    }

    private sealed class Connected(HubConnection hub, Action<TimeoutException> onUnanswered)
    {
        private int _unanswered;

        public HubConnection Hub => hub;

        public void OnResponse() => Volatile.Write(ref _unanswered, 0);

        public void OnUnanswered(TimeoutException timeout)
        {
            if (Interlocked.Increment(ref _unanswered) >= UnansweredMax)
                onUnanswered(timeout);
        }
    }
}
