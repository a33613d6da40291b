using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Tracks how a user reads an open conversation: which messages were shown, which are marked as read, and the position of the line "New
/// messages".
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

    /// <param name="unreadOnServer">Returns the server's latest unread count of the conversation; null when it is unknown.</param>
    /// <param name="report">Marks all messages up to the given one as read.</param>
    public ReadTracker(
        ConversationTimeline timeline, Guid userId, Func<int?> unreadOnServer, Func<Message, Task> report, TimeProvider clock)
    {
        _timeline = timeline;
        _userId = userId;
        _unreadOnServer = unreadOnServer;
        _clock = clock;
        _reports = new ReadReports<Message>(report, clock);
        _started = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => RecordShown(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The sequence of the first message after the line; null without a line.</summary>
    public long? DividerAt => _divider.At;

    /// <summary>Whether the first message after the line has not been shown yet.</summary>
    public bool IsDividerNew => _divider.At is { } at && at > _timeline.LastReadSequence && !_shown.Contains(at);

    /// <summary>
    /// The first loaded unread message; null when there is none, or when there may be an unread one before the loaded messages.
    /// </summary>
    public Message? FirstUnread => KnowsFirst ? Unread.First : null;

    /// <summary>The number of unread messages.</summary>
    public int UnreadCount => KnowsFirst && !_timeline.HasLater ? Unread.Count : _unreadOnServer() ?? Unread.Count;

    /// <summary>Whether the first unread message is loaded, or there is none.</summary>
    public bool KnowsFirst =>
        _timeline.LoadedFromSequence <= _timeline.LastReadSequence + 1 || (!_timeline.HasLater && _unreadOnServer() <= Unread.Count);

    private UnreadMessages Unread => new(_timeline.Messages, _userId, _timeline.LastReadSequence);

    private TimeSpan Now => _clock.GetElapsedTime(_started);

    /// <summary>Returns the number of unread messages before a sequence that have not been shown yet.</summary>
    public int CountUnseenBefore(long sequence)
    {
        var unread = Unread;
        var held = unread.CountBefore(sequence, _shown.Contains);

        return KnowsFirst || _timeline.HasLater ? held : held + Math.Max(0, (_unreadOnServer() ?? 0) - unread.Count);
    }

    /// <summary>Updates the messages on the screen; none while the page is hidden.</summary>
    public void Look(IEnumerable<MessageEntry> inView)
    {
        _shown.Look(inView.Where(entry => !entry.IsOwn).Select(entry => entry.Sequence), Now);
        RecordShown();
    }

    /// <summary>Applies a change of the messages or of the read pointer.</summary>
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

    /// <summary>Sends the scheduled report at once.</summary>
    public void Flush() => _reports.Flush();

    public void Dispose()
    {
        _timer.Dispose();
        _reports.Dispose();
    }

    private void RecordShown()
    {
        _shown.RecordShown(Now);
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
