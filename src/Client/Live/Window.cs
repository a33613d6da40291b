namespace CleanMessaging.Client;

/// <summary>
/// The part of a conversation that a client holds, from some message to the newest, and how far it is complete. Decides what is new, what
/// is known, and whether something is missing; talks to nobody. For one thread at a time.
/// </summary>
internal sealed class Window
{
    private readonly SortedDictionary<long, Message> _messages = [];

    /// <summary>What was told of beyond a hole: the sequence by the revision.</summary>
    private readonly SortedDictionary<long, long> _ahead = [];
    private readonly Dictionary<Guid, long> _pointers = [];

    /// <summary>Whether it was ever loaded; before that it only gathers.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Everything up to this revision is held, or has expired, or is older than the window.</summary>
    public long Revision { get; private set; }

    /// <summary>Everything from the window's begin up to this sequence is held, or has expired.</summary>
    public long CompleteSequence { get; private set; }

    /// <summary>Whether there are visible messages before the window.</summary>
    public bool HasEarlier { get; private set; }

    /// <summary>The message that the window begins with, which may have expired meanwhile; null in an empty one.</summary>
    public Message? First { get; private set; }

    /// <summary>
    /// How many messages were told of that lie before the window, and so are not held: a page before the window that was read meanwhile may
    /// be older than they are.
    /// </summary>
    public int PassedOver { get; private set; }

    /// <summary>Whether something was told of that lies beyond a hole.</summary>
    public bool HasHole => IsLoaded && _ahead.Count > 0;

    public int Count => _messages.Count;

    /// <summary>The messages in the order of the conversation.</summary>
    public IReadOnlyList<Message> Messages => [.. _messages.Values];

    /// <summary>The newest message before which nothing is missing; null when there is none.</summary>
    public Message? NewestComplete => _messages.Values.LastOrDefault(message => message.Sequence <= CompleteSequence);

    /// <summary>When the next message expires; null when none does.</summary>
    public DateTimeOffset? NextExpiry => _messages.Values.Min(message => message.ExpiresAt);

    public long ReadBy(Guid userId) => _pointers.GetValueOrDefault(userId);

    /// <summary>How far everybody but one has read, at least.</summary>
    public long ReadByOthersThan(Guid userId) => _pointers.Where(pointer => pointer.Key != userId).Select(pointer => pointer.Value).DefaultIfEmpty().Min();

    /// <summary>Takes a message from whichever source.</summary>
    public Taken Take(Message message, DateTimeOffset now)
    {
        TakeRevision(message.Revision, message.Sequence);
        if (IsLoaded && HasEarlier && First is { } first && message.Sequence < first.Sequence)
        {
            PassedOver++;

            return Taken.Nothing;
        }

        if (message.Content is null || !message.IsVisibleAt(now))
            return Taken.Nothing;

        if (!_messages.TryGetValue(message.Sequence, out var known))
        {
            _messages[message.Sequence] = message;
            if (First is null || message.Sequence < First.Sequence)
                First = message;

            return Taken.Added;
        }

        if (message.Revision <= known.Revision)
            return Taken.Nothing;

        _messages[message.Sequence] = message;

        return Taken.Changed;
    }

    /// <summary>Moves a read pointer, forward alone; returns whether it moved.</summary>
    public bool TakePointer(Guid userId, long lastReadSequence)
    {
        if (lastReadSequence <= _pointers.GetValueOrDefault(userId, -1))
            return false;

        _pointers[userId] = lastReadSequence;

        return true;
    }

    /// <summary>Begins anew with the newest page.</summary>
    /// <param name="numbers">Where the conversation stood before the page was read.</param>
    public void Load(JoinedConversation numbers, MessagePage newest, DateTimeOffset now)
    {
        // What came live while the page was read stays: new messages, and changes of those on the page.
        var live = _messages.Values.Where(held => held.Revision > numbers.Revision).ToList();
        _messages.Clear();
        First = newest.Messages is [var oldest, ..] ? oldest : null;
        HasEarlier = newest.HasMoreBefore;
        IsLoaded = true;
        Revision = numbers.Revision;
        CompleteSequence = numbers.LastSequence;
        Absorb();
        foreach (var held in newest.Messages.Concat(live))
            Take(held, now);
    }

    /// <summary>Everything up to the answer's revision is in it or was held.</summary>
    public void Recover(JoinedConversation answer)
    {
        Revision = Math.Max(Revision, answer.Revision);
        CompleteSequence = Math.Max(CompleteSequence, answer.LastSequence);
        Absorb();
    }

    /// <summary>Adds the page before the window.</summary>
    public void Prepend(MessagePage earlier, DateTimeOffset now)
    {
        HasEarlier = false;
        foreach (var message in earlier.Messages)
            Take(message, now);

        HasEarlier = earlier.HasMoreBefore;
        if (earlier.Messages is [var oldest, ..])
            First = oldest;
    }

    /// <summary>Takes out what is gone at an instant, and returns it.</summary>
    public IReadOnlyList<Message> RemoveExpired(DateTimeOffset now)
    {
        var expired = _messages.Values.Where(message => !message.IsVisibleAt(now)).ToList();
        foreach (var message in expired)
            _messages.Remove(message.Sequence);

        return expired;
    }

    /// <summary>Forgets the oldest messages beyond a number; they can be loaded again.</summary>
    public void Trim(int atMost)
    {
        if (_messages.Count <= atMost)
            return;

        foreach (var oldest in _messages.Values.Take(_messages.Count - atMost).ToList())
            _messages.Remove(oldest.Sequence);
        HasEarlier = true;
        First = _messages.Values.FirstOrDefault();
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

/// <summary>What taking a message did.</summary>
internal enum Taken
{
    /// <summary>It was known, or is gone, or lies before the window.</summary>
    Nothing,

    Added,

    Changed,
}
