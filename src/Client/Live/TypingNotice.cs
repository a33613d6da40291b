namespace CleanMessaging.Client;

/// <summary>
/// Throttles typing notifications: sends one every 4 seconds while the user types, and one after 5 seconds without a keystroke. Receivers
/// drop the indicator 6 seconds after a notification. The server ignores repeated notifications within 3 seconds.
/// </summary>
/// <param name="notify">Notifies the server; ignores failures.</param>
internal sealed class TypingNotice(TimeProvider clock, Action<bool> notify) : IDisposable
{
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long? _notifiedAt;
    private ITimer? _stop;
    private bool _hasEnded;

    public void Set(bool isTyping)
    {
        lock (_gate)
        {
            _stop?.Dispose();
            _stop = isTyping && !_hasEnded ? clock.CreateTimer(_ => Set(false), null, _pause, Timeout.InfiniteTimeSpan) : null;
            if (isTyping ? _hasEnded || (_notifiedAt is { } at && clock.GetElapsedTime(at) < _renewal) : _notifiedAt is null)
                return;

            _notifiedAt = isTyping ? clock.GetTimestamp() : null;
        }

        notify(isTyping);
    }

    /// <summary>Sends again that the user is typing, if the user still types. Call it after a reconnect.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            if (_stop is null)
                return;

            _notifiedAt = clock.GetTimestamp();
        }

        notify(true);
    }

    /// <summary>Resets the state after a message was sent. The message itself ends the typing indicator.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _stop?.Dispose();
            _stop = null;
            _notifiedAt = null;
        }
    }

    /// <summary>Sends that the user has stopped typing, if the start was sent. Sends no notifications afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
            _hasEnded = true;
        Set(false);
    }
}
