namespace CleanMessaging.Client;

/// <summary>
/// Turns keystrokes into as few calls as keep "is typing" alive at the others, who forget it 6 seconds after each: one every 3 seconds while
/// somebody types, and one when they have stopped for 5.
/// </summary>
internal sealed class TypingNotice(MessagingSession session, Guid conversationId)
{
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long? _told;
    private ITimer? _stop;

    public void Set(bool isTyping)
    {
        lock (_gate)
        {
            var clock = session.Client.Clock;
            _stop?.Dispose();
            _stop = isTyping ? clock.CreateTimer(_ => Set(false), null, _pause, Timeout.InfiniteTimeSpan) : null;
            if (isTyping ? _told is { } at && clock.GetElapsedTime(at) < _renewal : _told is null)
                return;

            _told = isTyping ? clock.GetTimestamp() : null;
        }

        _ = session.TellTypingAsync(conversationId, isTyping);
    }
}
