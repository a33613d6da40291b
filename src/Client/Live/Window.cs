namespace CleanMessaging.Client;

/// <summary>
/// The part of a conversation that a client holds, from some message to another, mostly the newest, and how far it is complete. Decides what is
/// new, what is known, and whether something is missing. Makes no calls. For one thread at a time.
/// </summary>
internal sealed class Window
{
    /// <summary>In the order of the conversation.</summary>
    private readonly List<Message> _messages = [];

    /// <summary>Those of them that expire, the next one first.</summary>
    private readonly SortedSet<(DateTimeOffset At, long Sequence)> _expiring = [];

    /// <summary>Messages known from events beyond a gap: the sequence by the revision.</summary>
    private readonly SortedDictionary<long, long> _ahead = [];
    private readonly Dictionary<Guid, long> _pointers = [];

    /// <summary>Messages that were announced but lie after the window, by sequence: the latest revision, and the number of the announcement.</summary>
    private readonly Dictionary<long, (long Revision, int Pass)> _later = [];

    /// <summary>Where the window ends while <see cref="HasLater"/>.</summary>
    private long _end;

    /// <summary>The latest revision that was announced before the window was replaced.</summary>
    private long _toldRevision;

    private int _replacements;
    private int _passedLater;

    /// <summary>Whether it was ever loaded; before that it only gathers.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Everything up to this revision is held, or has expired, or lies outside of the window.</summary>
    public long Revision { get; private set; }

    /// <summary>Everything from the window's begin up to this sequence is held, or has expired, or lies after the window.</summary>
    public long CompleteSequence { get; private set; }

    /// <summary>The same without what lies after the window.</summary>
    public long HeldSequence => HasLater ? _end : CompleteSequence;

    /// <summary>Whether there are visible messages before the window.</summary>
    public bool HasEarlier { get; private set; }

    /// <summary>Whether there may be messages after the window. Then what comes live is not held either, because it would stand after a gap.</summary>
    public bool HasLater { get; private set; }

    /// <summary>How the window stands now; to be kept with a page after it that is asked for.</summary>
    public WindowMark Mark => new(_replacements, _passedLater, Revision, CompleteSequence);

    /// <summary>The message that the window begins with, which may have expired meanwhile; null in an empty one.</summary>
    public Message? First { get; private set; }

    /// <summary>
    /// How many messages arrived that lie before the window, and so are not held: a page before the window that was read in the meantime may
    /// be older than they are.
    /// </summary>
    public int PassedOver { get; private set; }

    /// <summary>Whether an event was about a message beyond a gap.</summary>
    public bool HasGap => IsLoaded && (_ahead.Count > 0 || Revision < _toldRevision);

    public int Count => _messages.Count;

    /// <summary>The messages in the order of the conversation.</summary>
    public IReadOnlyList<Message> Messages => [.. _messages];

    /// <summary>The newest message before which nothing is missing; null when there is none.</summary>
    public Message? NewestComplete => _messages.FindLast(message => message.Sequence <= CompleteSequence);

    /// <summary>When the next message expires; null when none does.</summary>
    public DateTimeOffset? NextExpiry => _expiring.Count == 0 ? null : _expiring.Min.At;

    public long ReadBy(Guid userId) => _pointers.GetValueOrDefault(userId);

    /// <summary>How far everybody but one has read, at least.</summary>
    public long ReadByOthersThan(Guid userId) => _pointers.Where(pointer => pointer.Key != userId).Select(pointer => pointer.Value).DefaultIfEmpty().Min();

    /// <summary>Takes a message from whichever source.</summary>
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

    /// <summary>Moves a read pointer, forward alone; returns whether it moved.</summary>
    public bool TakePointer(Guid userId, long lastReadSequence)
    {
        if (lastReadSequence <= _pointers.GetValueOrDefault(userId, -1))
            return false;

        _pointers[userId] = lastReadSequence;

        return true;
    }

    /// <summary>Begins with a page, for the first time or instead of what was held.</summary>
    /// <param name="numbers">Where the conversation stood before the page was read.</param>
    public void Load(JoinedConversation numbers, MessagePage page, DateTimeOffset now) => Begin(numbers.Revision, numbers.LastSequence, page, now);

    /// <summary>
    /// Holds a page instead of what was held. What happened while it was read may be missing on it, and counts as a gap until it was asked for.
    /// </summary>
    /// <param name="mark"><see cref="Mark"/> before the page was asked for.</param>
    public void Replace(MessagePage page, WindowMark mark, DateTimeOffset now) => Begin(mark.Revision, mark.CompleteSequence, page, now);

    /// <summary>Everything up to the answer's revision is in it or was held, unless the window was replaced by an older one since it was asked for.</summary>
    /// <param name="since">The revision that was asked for.</param>
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

        // The newest of them first, so that each is put before the one before.
        foreach (var message in earlier.Messages.Reverse())
            Take(message, now);

        HasEarlier = earlier.HasMoreBefore;
        if (earlier.Messages is [var oldest, ..])
            First = oldest;
    }

    /// <summary>Adds the page after the window.</summary>
    /// <param name="mark"><see cref="Mark"/> before the page was asked for.</param>
    /// <returns>False when the page may be older than what is known; then nothing is done.</returns>
    public bool Append(MessagePage later, WindowMark mark, DateTimeOffset now)
    {
        if (IsOutdated(later, mark))
            return false;

        Add(later, mark, now);

        return true;
    }

    /// <summary>Takes out what is gone at an instant, and returns it.</summary>
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

    /// <summary>Forgets the oldest messages beyond a number; they can be loaded again.</summary>
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

    /// <summary>Whether the window was replaced since a page was asked for, or something on the page has a later revision by now.</summary>
    private bool IsOutdated(MessagePage page, WindowMark mark) =>
        mark.Replacements != _replacements || page.Messages.Any(message => RevisionOf(message.Sequence) > message.Revision);

    /// <summary>The latest announced revision of a message, within the window or after it; 0 when there was none.</summary>
    private long RevisionOf(long sequence) =>
        _later.TryGetValue(sequence, out var later) ? later.Revision : PlaceOf(sequence) is >= 0 and var place ? _messages[place].Revision : 0;

    /// <summary>Where a message is held; the complement of where it belongs when it is not.</summary>
    private int PlaceOf(long sequence)
    {
        // Mostly it is the newest.
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

        // What was announced since the page was asked for may lie after it.
        HasLater = later.HasMoreAfter || _later.Count > 0;
    }

    private void Begin(long revision, long lastSequence, MessagePage page, DateTimeOffset now)
    {
        // What came live while the page was read stays: new messages, and changes of those on the page.
        var live = _messages.FindAll(held => held.Revision > revision);
        _messages.Clear();
        _expiring.Clear();
        if (IsLoaded)
            ForgetAhead();
        _replacements++;
        First = page.Messages is [var oldest, ..] ? oldest : null;
        _end = page.Messages is [.., var newest] ? newest.Sequence : page.HasMoreAfter ? 0 : lastSequence;

        // What was passed over while the page was read may not be on it.
        (HasEarlier, HasLater) = (page.HasMoreBefore, page.HasMoreAfter || _later.Any(passed => passed.Key > _end && passed.Value.Revision > revision));
        IsLoaded = true;
        Revision = revision;
        CompleteSequence = lastSequence;
        Absorb();
        foreach (var held in page.Messages.Concat(live))
            Take(held, now);
    }

    /// <summary>What was announced but lay outside of the window may lie within the next one, where it may be missing.</summary>
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

    /// <summary>Goes on to the end of what follows without a hole.</summary>
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

/// <summary>How a window stood at one moment: by it is seen how a page fits that was asked for then.</summary>
/// <param name="Replacements">How often the window was replaced by another one.</param>
/// <param name="PassedLater">How often a message was announced that lies after the window.</param>
/// <param name="Revision">Up to which the page has everything.</param>
/// <param name="CompleteSequence">The same as a sequence.</param>
internal readonly record struct WindowMark(int Replacements, int PassedLater, long Revision, long CompleteSequence);

/// <summary>What taking a message did.</summary>
internal enum MergeResult
{
    /// <summary>It was known, or is gone, or lies before the window.</summary>
    Nothing,

    Added,

    Changed,
}
