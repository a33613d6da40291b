namespace CleanMessaging.Client;

/// <content>The pauses between two connections.</content>
internal sealed partial class HubConnectionLoop
{
    /// <summary>
    /// Waits before the next attempt: for the server's retry delay plus the pause, or for the pause until <paramref name="woken"/>
    /// completes.
    /// </summary>
    /// <param name="hasFailed">Whether no connection could be opened; false if it was opened, or REST works.</param>
    private async Task PauseAsync(Exception failure, Task woken, bool hasFailed, CancellationToken cancellationToken)
    {
        var pause = _schedule.After(_failures, IsInForeground);
        var retryAfter = (failure as MessagingException)?.RetryAfter;
        var next = client.Clock.GetUtcNow() + pause + (retryAfter ?? TimeSpan.Zero);
        var waiting = retryAfter is null
            ? Signal.WaitAsync(woken, pause, client.Clock, cancellationToken)
            : Task.Delay(retryAfter.Value + pause, client.Clock, cancellationToken);

        // The time is published when the wait for it has begun.
        reachability.OnOffline(hasFailed);
        WaitUntil(next, canBeBroughtForward: retryAfter is null);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _nextAttempt = null;
    }

    /// <summary>Sets the state to offline and publishes the time of the next attempt.</summary>
    private void WaitUntil(DateTimeOffset next, bool canBeBroughtForward)
    {
        _nextAttempt = new NextAttempt(next, canBeBroughtForward);
        StateChanged?.Invoke(ConnectionState.Offline);
    }

    /// <summary>
    /// Uses the connection until the time that the server gave this client for its reconnect. If the server stops earlier, waits for that
    /// time.
    /// </summary>
    private async Task DrainAsync(TimeSpan turn, Task cut, CancellationToken cancellationToken)
    {
        var next = client.Clock.GetUtcNow() + turn;
        var turnComes = Task.Delay(turn, client.Clock, cancellationToken);
        var isCut = await Task.WhenAny(turnComes, cut).ConfigureAwait(false) == cut;
        if (isCut)
        {
            reachability.OnDraining();
            WaitUntil(next, canBeBroughtForward: false);
        }

        await turnComes.ConfigureAwait(false);
        _nextAttempt = null;
        if (isCut)
            StateChanged?.Invoke(ConnectionState.Connecting);
    }
}
