using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Follows how a user reads an open conversation: what was on the screen, what of that is marked as read, and where the line "New messages" stands.
/// </summary>
internal sealed class ReadTracker : IDisposable
{
    private readonly ShownMessages _shown = new();
    private readonly UnreadDivider _divider = new();
    private readonly ConversationTimeline _timeline;
    private readonly Guid _userId;
    private readonly Func<int?> _unreadOnServer;
    private readonly TimeProvider _clock;
    private readonly ReadReports<Message> _reports;
    private readonly ITimer _timer;
    private readonly long _started;
    private long _reported;

    /// <param name="unreadOnServer">How many messages of the conversation are unread, as the server said last; null when it is not known.</param>
    /// <param name="report">Marks everything up to a message as read.</param>
    public ReadTracker(ConversationTimeline timeline, Guid userId, Func<int?> unreadOnServer, Func<Message, Task> report, TimeProvider clock)
    {
        _timeline = timeline;
        _userId = userId;
        _unreadOnServer = unreadOnServer;
        _clock = clock;
        _reports = new ReadReports<Message>(report, clock);
        _started = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => Settle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The sequence of the first message after the line; null without a line.</summary>
    public long? DividerAt => _divider.At;

    /// <summary>Whether the first message after the line was not shown yet.</summary>
    public bool IsDividerNew => _divider.At is { } at && at > _timeline.LastReadSequence && !_shown.Contains(at);

    /// <summary>The first unread message that is held; null when there is none, or when there may be one before those that are held.</summary>
    public Message? FirstUnread => KnowsFirst ? Unread.First : null;

    /// <summary>How many messages of others are unread.</summary>
    public int UnreadCount => KnowsFirst && !_timeline.HasLater ? Unread.Count : _unreadOnServer() ?? Unread.Count;

    /// <summary>Whether the first unread message is held, if there is one.</summary>
    public bool KnowsFirst =>
        _timeline.HeldFromSequence <= _timeline.LastReadSequence + 1 || (!_timeline.HasLater && _unreadOnServer() <= Unread.Count);

    private UnreadMessages Unread => new(_timeline.Messages, _userId, _timeline.LastReadSequence);

    private TimeSpan Now => _clock.GetElapsedTime(_started);

    /// <summary>How many unread messages before a sequence were not shown yet.</summary>
    public int CountUnseenBefore(long sequence)
    {
        var unread = Unread;
        var held = unread.CountBefore(sequence, _shown.Contains);

        return KnowsFirst || _timeline.HasLater ? held : held + Math.Max(0, (_unreadOnServer() ?? 0) - unread.Count);
    }

    /// <summary>Takes what is on the screen of a visible page now; nothing when it is hidden.</summary>
    public void Look(IEnumerable<MessageEntry> inView)
    {
        _shown.Look(inView.Where(entry => !entry.IsOwn).Select(entry => entry.Sequence), Now);
        Settle();
    }

    /// <summary>Takes a change of the messages or of how far they are read.</summary>
    /// <param name="isInSight">Whether the newest messages are on the screen.</param>
    public void Update(bool isInSight)
    {
        _shown.Forget(_timeline.LastReadSequence);
        if (KnowsFirst)
            _divider.Update(Unread.FirstNot(_shown.Contains)?.Sequence, isInSight);
        Mark();
    }

    /// <summary>Removes the line, because the user has answered.</summary>
    public void RemoveDivider() => _divider.Remove();

    /// <summary>Reports at once what is to be reported.</summary>
    public void Flush() => _reports.Flush();

    public void Dispose()
    {
        _timer.Dispose();
        _reports.Dispose();
    }

    private void Settle()
    {
        _shown.Settle(Now);
        Mark();
        if (_shown.NextDue is { } due)
            _timer.Change(due > Now ? due - Now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Mark()
    {
        if (!KnowsFirst || Unread.ReadableUpTo(_shown.Contains) is not { } upTo || upTo.Sequence <= _reported)
            return;

        _reported = upTo.Sequence;
        _reports.Report(upTo);
    }
}
