using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>Maintains the live connection to the hub and reconnects after each failure, without a limit. Uses one WebSocket without negotiation.</summary>
internal sealed partial class HubConnectionLoop(MessagingClient client, ApiTransport api, MessagingSessionOptions options)
{
    private const string Path = "hubs/messaging";

    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(10);

    /// <summary>The maximum lifetime of a connection. A wrong clock can make the token's lifetime longer than a timer supports.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>How long the client waits for the server's close frame when it closes a connection.</summary>
    private static readonly TimeSpan _closeLimit = TimeSpan.FromSeconds(1);

    private readonly ReconnectSchedule _schedule = new(options);
    private readonly Signal _wake = new();
    private volatile HubConnection? _hub;
    private volatile NextAttempt? _nextAttempt;
    private volatile bool _isInForeground;

    public event Action<NewMessageEvent>? NewMessage;

    public event Action<ReadEvent>? Read;

    public event Action<TypingEvent>? Typing;

    public event Action<ConversationUpdatedEvent>? ConversationUpdated;

    public event Action<SyncNeededEvent>? SyncNeeded;

    public event Action<ConnectionState>? StateChanged;

    /// <summary>Raised when the sign-in has ended. The loop then stops.</summary>
    public event Action<SignedOutException>? SignedOut;

    /// <summary>The next attempt to connect; null while connected or connecting.</summary>
    public NextAttempt? NextAttempt => _nextAttempt;

    /// <summary>Whether the application is in the foreground. Setting it to true starts the next attempt at once.</summary>
    public bool IsInForeground
    {
        get => _isInForeground;
        set
        {
            var hasBegun = value && !_isInForeground;
            _isInForeground = value;
            if (hasBegun)
                Wake();
        }
    }

    /// <summary>Starts a waiting attempt at once, unless the server has asked the client to wait.</summary>
    public void Wake() => _wake.Raise();

    /// <summary>Joins a conversation's SignalR group, and returns the changes since a revision.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public async Task<JoinedConversation> JoinAsync(Guid conversationId, long? sinceRevision, CancellationToken cancellationToken)
    {
        var asked = client.Clock.GetTimestamp();
        var joined = await CallAsync(
            hub => hub.InvokeAsync<JoinedConversation>("Join", new JoinCall(conversationId, sinceRevision), cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        api.Clock.Take(joined.ServerTime, asked);

        return joined;
    }

    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LeaveAsync(Guid conversationId, CancellationToken cancellationToken) =>
        CallAsync(hub => hub.InvokeAsync<object?>("Leave", new LeaveCall(conversationId), cancellationToken), cancellationToken);

    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task TypingAsync(Guid conversationId, bool isTyping, CancellationToken cancellationToken) =>
        CallAsync(hub => hub.InvokeAsync<object?>("Typing", new TypingCall(conversationId, isTyping), cancellationToken), cancellationToken);

    /// <summary>Keeps the connection open until the call is canceled or the sign-in has ended.</summary>
    /// <param name="probe">Sends a REST request. Unlike a rejected connection, it returns the error, and it exchanges an invalid token.</param>
    /// <param name="serve">Runs while a connection is open; calls its first argument when the session is synchronized.</param>
    /// <remarks>A planned replacement of the connection raises no event.</remarks>
    public async Task RunAsync(
        Func<CancellationToken, Task> probe, Func<Action, CancellationToken, Task> serve, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var woken = _wake.Next;
            long? inStepAt = null;
            try
            {
                if (failures > 0)
                {
                    StateChanged?.Invoke(ConnectionState.Connecting);
                    await probe(cancellationToken).ConfigureAwait(false);
                }

                await ConnectAsync(serve, () => inStepAt = client.Clock.GetTimestamp(), cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (SignedOutException exception)
            {
                SignedOut?.Invoke(exception);
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // A connection that lasted longer than the next delay counts as a success.
                if (inStepAt is { } at && client.Clock.GetElapsedTime(at) > _schedule.LimitAfter(failures + 1))
                    failures = 0;

                Log.Failed(options.Logger, ++failures, exception.GetBaseException().Message);
                await PauseAsync(_schedule.After(failures, IsInForeground), (exception as MessagingException)?.RetryAfter, woken, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                // Canceled.
                break;
            }
        }

        _nextAttempt = null;
        StateChanged?.Invoke(ConnectionState.Offline);
    }

    /// <summary>Connects, and serves until the planned end of the connection.</summary>
    /// <exception cref="ServerUnavailableException">The connection was lost.</exception>
    private async Task ConnectAsync(Func<Action, CancellationToken, Task> serve, Action isInStep, CancellationToken cancellationToken)
    {
        await api.TokenAsync(cancellationToken).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var cut = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var draining = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        var hub = Build();
        await using var disposed = hub.ConfigureAwait(false);
        hub.Closed += exception =>
        {
            cut.TrySetResult(exception);

            return Task.CompletedTask;
        };
        hub.On<ServerDrainingEvent>("ServerDraining", received => draining.TrySetResult(TimeSpan.FromMilliseconds(received.ReconnectAfterMs)));
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            limit.CancelAfter(_connectLimit);
            await hub.StartAsync(limit.Token).ConfigureAwait(false);
        }

        _hub = hub;
        var serving = serve(
            () =>
            {
                if (cut.Task.IsCompleted)
                    return;

                isInStep();
                StateChanged?.Invoke(ConnectionState.Online);
            },
            ending.Token);
        try
        {
            // The server closes the connection when the token expires. The client closes it slightly earlier, and connects with a new token.
            var renewIn = api.Tokens.RenewIn;
            var tokenEnds = Task.Delay(renewIn < _longest ? renewIn : _longest, client.Clock, ending.Token);
            var first = await Task.WhenAny(serving, cut.Task, tokenEnds, draining.Task).ConfigureAwait(false);
            if (first == draining.Task)
                await DrainAsync(await draining.Task.ConfigureAwait(false), cut.Task, cancellationToken).ConfigureAwait(false);
            else if (first == cut.Task)
                throw new ServerUnavailableException(await cut.Task.ConfigureAwait(false) ?? new IOException("The server closed the connection."));
        }
        finally
        {
            _hub = null;
            await ending.CancelAsync().ConfigureAwait(false);
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (serving.IsFaulted)
            await serving.ConfigureAwait(false);
    }

    /// <summary>Waits before the next attempt: for the server's retry delay plus the pause, or for the pause until <paramref name="woken"/> completes.</summary>
    private async Task PauseAsync(TimeSpan pause, TimeSpan? asked, Task woken, CancellationToken cancellationToken)
    {
        WaitUntil(client.Clock.GetUtcNow() + pause + (asked ?? TimeSpan.Zero), canBeBroughtForward: asked is null);
        try
        {
            if (asked is null)
                await Signal.WaitAsync(woken, pause, client.Clock, cancellationToken).ConfigureAwait(false);
            else
                await Task.Delay(asked.Value + pause, client.Clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _nextAttempt = null;
        }
    }

    /// <summary>Sets the state to offline and publishes the time of the next attempt.</summary>
    private void WaitUntil(DateTimeOffset next, bool canBeBroughtForward)
    {
        _nextAttempt = new NextAttempt(next, canBeBroughtForward);
        StateChanged?.Invoke(ConnectionState.Offline);
    }

    /// <summary>Uses the connection until the time that the server gave this client for its reconnect. If the server stops earlier, waits for that time.</summary>
    private async Task DrainAsync(TimeSpan turn, Task cut, CancellationToken cancellationToken)
    {
        var next = client.Clock.GetUtcNow() + turn;
        var turnComes = Task.Delay(turn, client.Clock, cancellationToken);
        var isCut = await Task.WhenAny(turnComes, cut).ConfigureAwait(false) == cut;
        if (isCut)
            WaitUntil(next, canBeBroughtForward: false);

        await turnComes.ConfigureAwait(false);
        _nextAttempt = null;
        if (isCut)
            StateChanged?.Invoke(ConnectionState.Connecting);
    }

    private HubConnection Build()
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
        hub.On<ReadEvent>("Read", received => Read?.Invoke(received));
        hub.On<TypingEvent>("Typing", received => Typing?.Invoke(received));
        hub.On<ConversationUpdatedEvent>("ConversationUpdated", received => ConversationUpdated?.Invoke(received));
        hub.On<SyncNeededEvent>("SyncNeeded", received => SyncNeeded?.Invoke(received));

        return hub;
    }

    private async Task<T> CallAsync<T>(Func<HubConnection, Task<T>> call, CancellationToken cancellationToken)
    {
        if (_hub is not { } hub)
            throw new ServerUnavailableException(new InvalidOperationException("There is no connection."));

        try
        {
            return await call(hub).ConfigureAwait(false);
        }
        catch (HubException rejected)
        {
            var text = rejected.Message;
            var json = text.IndexOf('{', StringComparison.Ordinal);

            throw (json < 0 ? null : Problem.Read(text[json..]))?.ToException() ?? new ServerUnavailableException(rejected);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnavailableException(exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The connection was lost or could not be opened ({Failures} failures in a row): {Reason}; the client will reconnect")]
        public static partial void Failed(ILogger logger, int failures, string reason);
    }
}
