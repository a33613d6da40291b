namespace CleanMessaging.Client;

/// <summary>
/// The loaded range of a conversation's messages, which usually ends with the newest, and how far it is complete. Detects new messages, duplicates
/// and gaps. Sends no requests. Not thread-safe.
/// </summary>
internal sealed class Window
{
    /// <summary>The loaded messages in the order of the conversation.</summary>
    private readonly List<Message> _messages = [];

    /// <summary>The loaded messages that expire, the next one first.</summary>
    private readonly SortedSet<(DateTimeOffset At, long Sequence)> _expiring = [];

    /// <summary>Messages that events announced beyond a gap: the sequence by the revision.</summary>
    private readonly SortedDictionary<long, long> _ahead = [];
    private readonly Dictionary<Guid, long> _pointers = [];

    /// <summary>Messages after the window that events announced, by sequence: the latest revision, and the number of the announcement.</summary>
    private readonly Dictionary<long, (long Revision, int Pass)> _later = [];

    /// <summary>The last sequence of the window while <see cref="HasLater"/> is true.</summary>
    private long _end;

    /// <summary>The latest revision that was announced before the window was replaced.</summary>
    private long _toldRevision;

    private int _replacements;
    private int _passedLater;

    /// <summary>Whether a page was loaded. Before that, the window only collects live messages.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>The revision up to which every change is loaded, has expired, or is outside of the window.</summary>
    public long Revision { get; private set; }

    /// <summary>The sequence up to which every message from the window's start is loaded, has expired, or is after the window.</summary>
    public long CompleteSequence { get; private set; }

    /// <summary>The sequence up to which every message from the window's start is loaded or has expired.</summary>
    public long HeldSequence => HasLater ? _end : CompleteSequence;

    /// <summary>Whether there are visible messages before the window.</summary>
    public bool HasEarlier { get; private set; }

    /// <summary>Whether there may be messages after the window. Live messages are then not added, because there would be a gap before them.</summary>
    public bool HasLater { get; private set; }

    /// <summary>The current state of the window. Keep it with the request for a page after the window, to check whether the page still fits.</summary>
    public WindowMark Mark => new(_replacements, _passedLater, Revision, CompleteSequence);

    /// <summary>The first message of the window, which may have expired; null when the window is empty.</summary>
    public Message? First { get; private set; }

    /// <summary>
    /// The number of live messages that were ignored because they are before the window. A page before the window that was requested in the meantime
    /// may be older than these messages.
    /// </summary>
    public int PassedOver { get; private set; }

    /// <summary>Whether an event announced a message beyond a gap.</summary>
    public bool HasGap => IsLoaded && (_ahead.Count > 0 || Revision < _toldRevision);

    public int Count => _messages.Count;

    /// <summary>The messages in the order of the conversation.</summary>
    public IReadOnlyList<Message> Messages => [.. _messages];

    /// <summary>The newest message before which nothing is missing; null when there is none.</summary>
    public Message? NewestComplete => _messages.FindLast(message => message.Sequence <= CompleteSequence);

    /// <summary>When the next message expires; null when none does.</summary>
    public DateTimeOffset? NextExpiry => _expiring.Count == 0 ? null : _expiring.Min.At;

    public long ReadBy(Guid userId) => _pointers.GetValueOrDefault(userId);

    /// <summary>Returns the lowest read pointer of all participants except one.</summary>
    public long ReadByOthersThan(Guid userId) => _pointers.Where(pointer => pointer.Key != userId).Select(pointer => pointer.Value).DefaultIfEmpty().Min();

    /// <summary>Applies a message from any source.</summary>
    public MergeResult Take(Message message, DateTimeOffset now)
    {
        TakeRevision(message.Revision, message.Sequence);
        if (IsLoaded && HasEarlier && First is { } first && message.Sequence < first.Sequence)
        {
            PassedOver++;

            return MergeResult.Nothing;
        }

        if (IsLoaded && HasLater && message.Sequence > _end)
        {
            _later[message.Sequence] = (Math.Max(message.Revision, RevisionOf(message.Sequence)), ++_passedLater);

            return MergeResult.Nothing;
        }

        if (message.Content is null || !message.IsVisibleAt(now))
            return MergeResult.Nothing;

        var place = PlaceOf(message.Sequence);
        if (place < 0)
        {
            _messages.Insert(~place, message);
            NoteExpiry(message);
            if (First is null || message.Sequence < First.Sequence)
                First = message;

            return MergeResult.Added;
        }

        if (message.Revision <= _messages[place].Revision)
            return MergeResult.Nothing;

        ForgetExpiry(_messages[place]);
        _messages[place] = message;
        NoteExpiry(message);

        return MergeResult.Changed;
    }

    /// <summary>Moves a read pointer forward, never back; returns whether it moved.</summary>
    public bool TakePointer(Guid userId, long lastReadSequence)
    {
        if (lastReadSequence <= _pointers.GetValueOrDefault(userId, -1))
            return false;

        _pointers[userId] = lastReadSequence;

        return true;
    }

    /// <summary>Starts with a page, at the first load or in place of the loaded messages.</summary>
    /// <param name="numbers">The state of the conversation before the page was read.</param>
    public void Load(JoinedConversation numbers, MessagePage page, DateTimeOffset now) => Begin(numbers.Revision, numbers.LastSequence, page, now);

    /// <summary>
    /// Replaces the loaded messages with a page. Changes during the request may be missing in the page, and count as a gap until they are requested.
    /// </summary>
    /// <param name="mark">The value of <see cref="Mark"/> before the page was requested.</param>
    public void Replace(MessagePage page, WindowMark mark, DateTimeOffset now) => Begin(mark.Revision, mark.CompleteSequence, page, now);

    /// <summary>
    /// Closes gaps up to the answer's revision: every change is in the answer or was loaded. Does nothing if an older page has replaced the window since
    /// the request.
    /// </summary>
    /// <param name="since">The requested revision.</param>
    public void Recover(JoinedConversation answer, long since)
    {
        if (since > Revision)
            return;

        Revision = Math.Max(Revision, answer.Revision);
        CompleteSequence = Math.Max(CompleteSequence, answer.LastSequence);
        Absorb();
        _toldRevision = Revision;
    }

    /// <summary>Adds the page before the window.</summary>
    public void Prepend(MessagePage earlier, DateTimeOffset now)
    {
        HasEarlier = false;

        // From the newest to the oldest, so that each is inserted before the previous one.
        foreach (var message in earlier.Messages.Reverse())
            Take(message, now);

        HasEarlier = earlier.HasMoreBefore;
        if (earlier.Messages is [var oldest, ..])
            First = oldest;
    }

    /// <summary>Adds the page after the window.</summary>
    /// <param name="mark">The value of <see cref="Mark"/> before the page was requested.</param>
    /// <returns>False when the page may be older than the known state; then nothing is changed.</returns>
    public bool Append(MessagePage later, WindowMark mark, DateTimeOffset now)
    {
        if (IsOutdated(later, mark))
            return false;

        Add(later, mark, now);

        return true;
    }

    /// <summary>Removes and returns the messages that have expired at an instant.</summary>
    public IReadOnlyList<Message> RemoveExpired(DateTimeOffset now)
    {
        var expired = new List<Message>();
        while (_expiring.Count > 0 && _expiring.Min is var next && next.At <= now)
        {
            var place = PlaceOf(next.Sequence);
            expired.Add(_messages[place]);
            _messages.RemoveAt(place);
            _expiring.Remove(next);
        }

        return [.. expired.OrderBy(message => message.Sequence)];
    }

    /// <summary>Removes the oldest messages above a maximum count. They can be loaded again.</summary>
    public void Trim(int atMost)
    {
        if (_messages.Count <= atMost)
            return;

        var forgotten = _messages.Count - atMost;
        foreach (var oldest in _messages.Take(forgotten))
            ForgetExpiry(oldest);
        _messages.RemoveRange(0, forgotten);
        HasEarlier = true;
        First = _messages.FirstOrDefault();
    }

    /// <summary>Whether the window was replaced since a page was requested, or a newer revision of a message on the page is known.</summary>
    private bool IsOutdated(MessagePage page, WindowMark mark) =>
        mark.Replacements != _replacements || page.Messages.Any(message => RevisionOf(message.Sequence) > message.Revision);

    /// <summary>Returns the latest announced revision of a message in or after the window; 0 when there is none.</summary>
    private long RevisionOf(long sequence) =>
        _later.TryGetValue(sequence, out var later) ? later.Revision : PlaceOf(sequence) is >= 0 and var place ? _messages[place].Revision : 0;

    /// <summary>Returns the index of a message, or the bitwise complement of the insertion index when it is not loaded.</summary>
    private int PlaceOf(long sequence)
    {
        // Fast path: usually it is the newest message.
        if (_messages is [] || _messages[^1].Sequence < sequence)
            return ~_messages.Count;

        var (low, high) = (0, _messages.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = _messages[middle].Sequence;
            if (found == sequence)
                return middle;

            if (found < sequence)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }

    private void NoteExpiry(Message message)
    {
        if (message.ExpiresAt is { } at)
            _expiring.Add((at, message.Sequence));
    }

    private void ForgetExpiry(Message message)
    {
        if (message.ExpiresAt is { } at)
            _expiring.Remove((at, message.Sequence));
    }

    private void Add(MessagePage later, WindowMark mark, DateTimeOffset now)
    {
        HasLater = false;
        foreach (var message in later.Messages)
            Take(message, now);
        if (later.Messages is [.., var newest])
            _end = Math.Max(_end, newest.Sequence);
        foreach (var sequence in _later.Where(later => later.Key <= _end || later.Value.Pass <= mark.PassedLater).Select(later => later.Key).ToList())
            _later.Remove(sequence);

        // Messages that were announced since the request may be after the page.
        HasLater = later.HasMoreAfter || _later.Count > 0;
    }

    private void Begin(long revision, long lastSequence, MessagePage page, DateTimeOffset now)
    {
        // Live changes that arrived during the request are kept: new messages, and changes of messages on the page.
        var live = _messages.FindAll(held => held.Revision > revision);
        _messages.Clear();
        _expiring.Clear();
        if (IsLoaded)
            ForgetAhead();
        _replacements++;
        First = page.Messages is [var oldest, ..] ? oldest : null;
        _end = page.Messages is [.., var newest] ? newest.Sequence : page.HasMoreAfter ? 0 : lastSequence;

        // Messages that were ignored during the request may be missing on the page.
        (HasEarlier, HasLater) = (page.HasMoreBefore, page.HasMoreAfter || _later.Any(passed => passed.Key > _end && passed.Value.Revision > revision));
        IsLoaded = true;
        Revision = revision;
        CompleteSequence = lastSequence;
        Absorb();
        foreach (var held in page.Messages.Concat(live))
            Take(held, now);
    }

    /// <summary>Records announced messages outside of the window as a possible gap, because they may be inside the next window.</summary>
    private void ForgetAhead()
    {
        _toldRevision = Math.Max(Math.Max(_toldRevision, Revision), _ahead.Count == 0 ? 0 : _ahead.Last().Key);
        _ahead.Clear();
    }

    private void TakeRevision(long revision, long sequence)
    {
        if (revision <= Revision)
            return;

        _ahead[revision] = sequence;
        if (IsLoaded)
            Absorb();
    }

    /// <summary>Advances the complete revision and sequence to the next gap.</summary>
    private void Absorb()
    {
        while (_ahead.Count > 0 && _ahead.First() is var (revision, sequence) && revision <= Revision + 1)
        {
            _ahead.Remove(revision);
            Revision = Math.Max(Revision, revision);
            CompleteSequence = Math.Max(CompleteSequence, sequence);
        }
    }
}

/// <summary>The state of a window when a page was requested, to check whether the page still fits.</summary>
/// <param name="Replacements">How often the window was replaced.</param>
/// <param name="PassedLater">How often a message after the window was announced.</param>
/// <param name="Revision">The revision up to which the page has all changes.</param>
/// <param name="CompleteSequence">The sequence up to which the page has all messages.</param>
internal readonly record struct WindowMark(int Replacements, int PassedLater, long Revision, long CompleteSequence);

/// <summary>The result of applying a message.</summary>
internal enum MergeResult
{
    /// <summary>The message was known, has expired, or is outside of the window.</summary>
    Nothing,

    Added,

    Changed,
}
