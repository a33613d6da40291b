namespace CleanMessaging.Client;

/// <summary>
/// Turns keystrokes into as few calls as keep "is typing" alive at the others, who forget it 6 seconds after each: one every 4 seconds while
/// somebody types, and one when they have stopped for 5. The server passes over what comes twice within 3 seconds.
/// </summary>
/// <param name="tell">Tells the server; fails in silence.</param>
internal sealed class TypingNotice(TimeProvider clock, Action<bool> tell) : IDisposable
{
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long? _told;
    private ITimer? _stop;
    private bool _hasEnded;

    public void Set(bool isTyping)
    {
        lock (_gate)
        {
            _stop?.Dispose();
            _stop = isTyping && !_hasEnded ? clock.CreateTimer(_ => Set(false), null, _pause, Timeout.InfiniteTimeSpan) : null;
            if (isTyping ? _hasEnded || (_told is { } at && clock.GetElapsedTime(at) < _renewal) : _told is null)
                return;

            _told = isTyping ? clock.GetTimestamp() : null;
        }

        tell(isTyping);
    }

    /// <summary>A message was sent, which says by itself that the typing is over.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _stop?.Dispose();
            _stop = null;
            _told = null;
        }
    }

    /// <summary>Tells that the typing is over, if it was told that it began. Nothing is told afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
            _hasEnded = true;
        Set(false);
    }
}
