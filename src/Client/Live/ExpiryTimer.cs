using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Removes messages, typing indicators and previews when they expire by the server's clock, reports mutes that end, and requests the quota
/// when it is reset.
/// </summary>
internal sealed class ExpiryTimer : IAsyncDisposable
{
    private readonly OpenConversations _open;
    private readonly ListSync _list;
    private readonly TypingSync _typing;
    private readonly QuotaSync _quota;
    private readonly ServerClock _clock;
    private readonly Guid _userId;
    private readonly WakeUpTimer _timer;

    public ExpiryTimer(
        OpenConversations open,
        ListSync list,
        TypingSync typing,
        QuotaSync quota,
        ServerClock serverClock,
        TimeProvider clock,
        Guid userId,
        ILogger logger)
    {
        (_open, _list, _typing, _quota, _clock, _userId) = (open, list, typing, quota, serverClock, userId);
        _timer = new WakeUpTimer(clock, ExpireDueItems, logger);
    }

    /// <summary>Evaluates the next expiry again after a change.</summary>
    public void Rearm() => _timer.Rearm();

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>Removes expired items, and returns the time until the next expiry.</summary>
    private TimeSpan? ExpireDueItems()
    {
        var now = _clock.Now;
        var next = new List<DateTimeOffset?>();
        foreach (var timeline in _open.All)
        {
            var (before, after) = timeline.Store.Apply(new TimePassed(now));
            if (HasUnreadExpired(before, after))
                _list.RequestPreview(timeline.ConversationId);
            next.Add(after.NextMessageExpiry);
        }

        next.Add(_list.Expire(now));
        next.Add(_typing.Expire(now));
        next.Add(_quota.RequestWhenReset(now));

        return next.Min() - now;
    }

    /// <summary>Whether an unread message of another user was removed, which changes the unread count.</summary>
    private bool HasUnreadExpired(ConversationState before, ConversationState after) =>
        before.Messages != after.Messages
        && before.Messages.Any(message =>
            message.SenderId != _userId && message.Sequence > before.ReadBy(_userId) && after.Find(message.Sequence) is null);
}
