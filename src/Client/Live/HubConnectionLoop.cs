using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Maintains the live connection to the hub and reconnects after each failure, without a limit. While REST works but live connections are
/// rejected, or closed soon after they were opened three times in a row, it polls.
/// </summary>
/// <param name="reachability">Follows the outcome of each attempt to connect.</param>
/// <param name="probe">Sends a REST request. Unlike a rejected connection, it returns the error, and it exchanges an invalid token.</param>
/// <param name="synchronize">
/// Runs while a connection is open, or while the session polls; calls its first argument when the session is synchronized.
/// </param>
internal sealed partial class HubConnectionLoop(
    MessagingClient client,
    ApiTransport api,
    HubCalls calls,
    MessagingSessionOptions options,
    ServerReachability reachability,
    Func<CancellationToken, Task> probe,
    Func<Action, CancellationToken, Task> synchronize)
{
    /// <summary>The number of short connections in a row after which the session polls between attempts.</summary>
    private const int ShortConnectionsMax = 3;

    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(10);

    /// <summary>The maximum lifetime of a connection. A wrong clock can make the token's lifetime longer than a timer supports.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    private readonly ReconnectSchedule _schedule = new(options);
    private readonly Signal _wake = new();
    private volatile NextAttempt? _nextAttempt;
    private volatile bool _isInForeground;
    private int _failures;
    private int _shortConnections;

    public event Action<ConnectionState>? StateChanged;

    /// <summary>Raised when the sign-in has ended. The loop then stops.</summary>
    public event Action<SignedOutException>? SignedOut;

    /// <summary>The next attempt to connect; null while connected, connecting or polling.</summary>
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

    /// <summary>Keeps the connection open until the call is canceled or the sign-in has ended.</summary>
    /// <remarks>A planned replacement of the connection raises no event.</remarks>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var polling = new PollingRun(synchronize, onInSync: () => OnConnected(ConnectionState.Polling), onEnded: Wake);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
                await AttemptAsync(polling, cancellationToken).ConfigureAwait(false);
        }
        catch (SignedOutException exception)
        {
            await polling.StopAsync().ConfigureAwait(false);
            SignedOut?.Invoke(exception);

            return;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The session ends.
        }

        await polling.StopAsync().ConfigureAwait(false);
        _nextAttempt = null;
        StateChanged?.Invoke(ConnectionState.Offline);
    }

    /// <summary>Connects and synchronizes until the connection ends. After a failure, waits until the next attempt is due.</summary>
    private async Task AttemptAsync(PollingRun polling, CancellationToken cancellationToken)
    {
        var woken = _wake.Next;
        var attempt = new ConnectionAttempt();
        reachability.OnConnecting();
        try
        {
            if (_failures > 0 && !polling.IsRunning)
            {
                StateChanged?.Invoke(ConnectionState.Connecting);
                await probe(cancellationToken).ConfigureAwait(false);
            }

            await ConnectAsync(attempt, polling, cancellationToken).ConfigureAwait(false);
            (_failures, _shortConnections) = (0, 0);
        }
        catch (Exception exception) when (exception is not SignedOutException && !cancellationToken.IsCancellationRequested)
        {
            // A connection that lasted longer than the next delay counts as a success.
            if (attempt.InSyncAt is { } at && client.Clock.GetElapsedTime(at) > _schedule.LimitAfter(_failures + 1))
                _failures = 0;

            Log.Failed(options.Logger, ++_failures, exception.GetBaseException().Message);
            _shortConnections = attempt.IsCutSoon ? _shortConnections + 1 : 0;
            if (attempt.IsBlocked || _shortConnections >= ShortConnectionsMax)
            {
                await PollOrPauseAsync(attempt, exception, polling, woken, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await polling.StopAsync().ConfigureAwait(false);
                await PauseAsync(exception, woken, hasFailed: !attempt.IsOpened, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Connects, and synchronizes until the planned end of the connection.</summary>
    /// <exception cref="ServerUnavailableException">The connection was lost.</exception>
    private async Task ConnectAsync(ConnectionAttempt attempt, PollingRun polling, CancellationToken cancellationToken)
    {
        attempt.Token = await api.TokenAsync(cancellationToken).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var cut = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var draining = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        var hub = calls.Build();
        await using var disposed = hub.ConfigureAwait(false);
        hub.Closed += exception =>
        {
            cut.TrySetResult(exception);

            return Task.CompletedTask;
        };
        HubCalls.OnDraining(hub, received => draining.TrySetResult(TimeSpan.FromMilliseconds(received.ReconnectAfterMs)));
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            limit.CancelAfter(_connectLimit);
            attempt.IsBlocked = true;
            await hub.StartAsync(limit.Token).ConfigureAwait(false);
            (attempt.IsBlocked, attempt.IsOpened) = (false, true);
        }

        var openedAt = client.Clock.GetTimestamp();

        await polling.StopAsync().ConfigureAwait(false);
        calls.Use(hub, unanswered =>
        {
            attempt.IsBlocked = attempt.InSyncAt is null;
            cut.TrySetResult(unanswered);
        });
        var synchronizing = synchronize(
            () =>
            {
                if (cut.Task.IsCompleted)
                    return;

                attempt.InSyncAt = client.Clock.GetTimestamp();
                OnConnected(ConnectionState.Online);
            },
            ending.Token);
        try
        {
            // The server closes the connection when the token expires. The client closes it slightly earlier, and connects with a new
            // token.
            var renewIn = api.Tokens.RenewIn;
            var tokenEnds = Task.Delay(renewIn < _longest ? renewIn : _longest, client.Clock, ending.Token);
            var first = await Task.WhenAny(synchronizing, cut.Task, tokenEnds, draining.Task).ConfigureAwait(false);
            if (first == draining.Task)
            {
                await DrainAsync(await draining.Task.ConfigureAwait(false), cut.Task, cancellationToken).ConfigureAwait(false);
            }
            else if (first == cut.Task)
            {
                attempt.IsCutSoon = client.Clock.GetElapsedTime(openedAt) < _schedule.LimitAfter(ShortConnectionsMax);
                throw new ServerUnavailableException(
                    await cut.Task.ConfigureAwait(false) ?? new IOException("The server closed the connection."));
            }
        }
        finally
        {
            calls.Release();
            await ending.CancelAsync().ConfigureAwait(false);
            await synchronizing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (synchronizing.IsFaulted)
            await synchronizing.ConfigureAwait(false);
    }

    private void OnConnected(ConnectionState state)
    {
        reachability.OnConnected();
        StateChanged?.Invoke(state);
    }

    /// <summary>After a live connection could not be used: polls until the next attempt if REST works, otherwise goes offline.</summary>
    private async Task PollOrPauseAsync(
        ConnectionAttempt attempt, Exception failure, PollingRun polling, Task woken, CancellationToken cancellationToken)
    {
        bool isRenewed;
        try
        {
            await probe(cancellationToken).ConfigureAwait(false);

            // The request has exchanged an invalid token, which may be why the connection was rejected.
            isRenewed = attempt.Token != await api.TokenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not SignedOutException && !cancellationToken.IsCancellationRequested)
        {
            await polling.StopAsync().ConfigureAwait(false);
            await PauseAsync(exception, woken, hasFailed: true, cancellationToken).ConfigureAwait(false);

            return;
        }

        if (isRenewed)
        {
            await PauseAsync(failure, woken, hasFailed: false, cancellationToken).ConfigureAwait(false);

            return;
        }

        if (!polling.IsRunning)
            Log.Blocked(options.Logger);
        polling.Start(cancellationToken);

        // The session is synchronized once before the next attempt interrupts it.
        await Signal.WaitAsync(Task.WhenAny(polling.InSync, woken), options.PollInterval, client.Clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Signal.WaitAsync(woken, _schedule.After(_failures, isInForeground: false), client.Clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (polling.Failure is not { } failed)
            return;

        if (failed is SignedOutException)
            ExceptionDispatchInfo.Throw(failed);

        // The end of the polling has completed "woken".
        Log.PollingFailed(options.Logger, failed.GetBaseException().Message);
        await PauseAsync(failed, _wake.Next, hasFailed: false, cancellationToken).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The connection was lost or could not be opened ({Failures} failures in a row): {Reason}; the client will reconnect")]
        public static partial void Failed(ILogger logger, int failures, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Live connections are rejected or cut but REST works; the client polls until a live connection works")]
        public static partial void Blocked(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning, "The client could not poll: {Reason}; it will try again")]
        public static partial void PollingFailed(ILogger logger, string reason);
    }
}
