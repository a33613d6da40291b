using Microsoft.AspNetCore.SignalR;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Limits the typing notifications of one connection: the same state of the same conversation once in 3 seconds, and 5 changes in 5 seconds
/// in all. A hub runs one call of a connection at a time, so no lock is needed.
/// </summary>
internal sealed class TypingThrottle
{
    private const int ChangesMax = 5;
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _sameState = TimeSpan.FromSeconds(3);

    private readonly Queue<DateTimeOffset> _admitted = new();
    private (Guid ConversationId, bool IsTyping, DateTimeOffset At)? _last;

    /// <summary>Returns the throttle of a connection.</summary>
    public static TypingThrottle Of(HubCallerContext connection)
    {
        if (connection.Items.TryGetValue(typeof(TypingThrottle), out var existing) && existing is TypingThrottle throttle)
            return throttle;

        var created = new TypingThrottle();
        connection.Items[typeof(TypingThrottle)] = created;

        return created;
    }

    public bool Admits(Guid conversationId, bool isTyping, DateTimeOffset now)
    {
        while (_admitted.TryPeek(out var oldest) && (now - oldest).Duration() >= _window)
            _admitted.Dequeue();

        var repeats = _last is { } last
            && last.ConversationId == conversationId
            && last.IsTyping == isTyping
            && (now - last.At).Duration() < _sameState;
        if (repeats || _admitted.Count >= ChangesMax)
            return false;

        _admitted.Enqueue(now);
        _last = (conversationId, isTyping, now);

        return true;
    }
}
