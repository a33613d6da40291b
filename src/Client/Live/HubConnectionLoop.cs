using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>The live connection: made again whenever it ends, without end, as the schedule says. One WebSocket, no negotiation.</summary>
internal sealed partial class HubConnectionLoop(MessagingClient client, ApiTransport api, MessagingSessionOptions options)
{
    private const string Path = "hubs/messaging";

    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(10);

    /// <summary>The longest that a connection is kept, whatever its token says: more than a timer can count means that a clock is wrong.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>How long a connection that is closed from here waits for the server to agree.</summary>
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

    /// <summary>The sign-in has ended, and with it the link.</summary>
    public event Action<SignedOutException>? SignedOut;

    /// <summary>When it tries to connect again; null while it is connected, or tries.</summary>
    public NextAttempt? NextAttempt => _nextAttempt;

    /// <summary>Whether a person waits for the connection; when that begins, the next attempt comes at once.</summary>
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

    /// <summary>Tries to connect at once, if it waits for the next attempt and the server has not asked for the wait.</summary>
    public void Wake() => _wake.Raise();

    /// <summary>Enters a conversation's room, and tells what happened since a revision.</summary>
    /// <exception cref="MessagingException">The server rejected, or could not be asked.</exception>
    public async Task<JoinedConversation> JoinAsync(Guid conversationId, long? sinceRevision, CancellationToken cancellationToken)
    {
        var asked = client.Clock.GetTimestamp();
        var joined = await CallAsync(
            hub => hub.InvokeAsync<JoinedConversation>("Join", new JoinCall(conversationId, sinceRevision), cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        api.Clock.Take(joined.ServerTime, asked);

        return joined;
    }

    /// <exception cref="MessagingException">The server rejected, or could not be asked.</exception>
    public Task LeaveAsync(Guid conversationId, CancellationToken cancellationToken) =>
        CallAsync(hub => hub.InvokeAsync<object?>("Leave", new LeaveCall(conversationId), cancellationToken), cancellationToken);

    /// <exception cref="MessagingException">The server rejected, or could not be asked.</exception>
    public Task TypingAsync(Guid conversationId, bool isTyping, CancellationToken cancellationToken) =>
        CallAsync(hub => hub.InvokeAsync<object?>("Typing", new TypingCall(conversationId, isTyping), cancellationToken), cancellationToken);

    /// <summary>Stays connected until it is canceled or the sign-in has ended.</summary>
    /// <param name="probe">Asks something over REST: a rejected connection does not say why, and this does, and exchanges the token if that is why.</param>
    /// <param name="serve">Runs while a connection stands; calls its first argument when it is in step.</param>
    /// <remarks>Of a connection that is changed for another as planned, nothing is told.</remarks>
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
                // One that stood for longer than it would now be waited for was a good one.
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

    /// <summary>Connects, and serves until the connection has ended as planned.</summary>
    /// <exception cref="ServerUnavailableException">It was cut.</exception>
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
        hub.On<ServerDrainingEvent>("ServerDraining", told => draining.TrySetResult(TimeSpan.FromMilliseconds(told.ReconnectAfterMs)));
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
            // The server ends the connection with the token; this ends it a little before, to go on with the next one.
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

    /// <summary>Waits for the next attempt: as long as the server asks for and then some, otherwise until woken at the latest.</summary>
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

    /// <summary>Shows that there is no connection, and until when.</summary>
    private void WaitUntil(DateTimeOffset next, bool canBeBroughtForward)
    {
        _nextAttempt = new NextAttempt(next, canBeBroughtForward);
        StateChanged?.Invoke(ConnectionState.Offline);
    }

    /// <summary>Uses the connection until it is this client's turn to connect anew; when the server ends first, waits for that turn all the same.</summary>
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
        hub.On<NewMessageEvent>("NewMessage", told => NewMessage?.Invoke(told));
        hub.On<ReadEvent>("Read", told => Read?.Invoke(told));
        hub.On<TypingEvent>("Typing", told => Typing?.Invoke(told));
        hub.On<ConversationUpdatedEvent>("ConversationUpdated", told => ConversationUpdated?.Invoke(told));
        hub.On<SyncNeededEvent>("SyncNeeded", told => SyncNeeded?.Invoke(told));

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
        [LoggerMessage(1, LogLevel.Information, "The connection was cut or could not be made, {Failures} in a row: {Reason}")]
        public static partial void Failed(ILogger logger, int failures, string reason);
    }
}
