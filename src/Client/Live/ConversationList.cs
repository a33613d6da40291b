namespace CleanMessaging.Client;

/// <summary>
/// The list of conversations that a client holds, newest activity first: a first part as long as it was read, and single ones beyond it that were asked
/// for by themselves. Makes no calls. For one thread at a time.
/// </summary>
internal sealed class ConversationList
{
    private readonly List<Entry> _entries = [];

    /// <summary>Those beyond the part that was read.</summary>
    private readonly Dictionary<Guid, Entry> _apart = [];

    /// <summary>How long the part is that was read.</summary>
    public int Count => _entries.Count;

    /// <summary>Where the list goes on; null at its end, or when it was never read.</summary>
    public string? NextCursor { get; private set; }

    public IReadOnlyList<Conversation> Snapshot() =>
        [.. _entries.Concat(_apart.Values.OrderByDescending(entry => entry.Activity)).Select(entry => entry.Conversation)];

    public bool Contains(Guid id) => IndexOf(id) >= 0 || _apart.ContainsKey(id);

    /// <summary>Those beyond the part that was read.</summary>
    public IReadOnlyList<Guid> Apart => [.. _apart.Keys];

    /// <summary>Takes the list's first part as the server has it, in its order.</summary>
    /// <returns>What is new or otherwise than before.</returns>
    public IReadOnlyList<Conversation> TakeFirst(IReadOnlyList<Conversation> first, string? nextCursor)
    {
        var changed = first.Where(Differs).ToList();
        var before = _entries.ToList();
        _entries.Clear();
        NextCursor = nextCursor;
        TakeOrder(first, [.. before, .. _apart.Values]);
        ForgetApart(first);

        // What arrived while this was read: another message, or another conversation. The last comes first, to keep their order.
        var read = first.ToDictionary(conversation => conversation.Id);
        foreach (var entry in before.AsEnumerable().Reverse())
        {
            if (!read.TryGetValue(entry.Conversation.Id, out var update))
                PlaceIfRead(entry);
            else if (entry.Conversation.LastSequence > update.LastSequence)
                Place(Remove(update.Id));
        }

        return changed;
    }

    /// <summary>Adds the part after what is held.</summary>
    public void TakeNext(IReadOnlyList<Conversation> next, string? nextCursor)
    {
        foreach (var update in next.Where(update => IndexOf(update.Id) >= 0))
            Take(update);
        TakeOrder([.. next.Where(update => IndexOf(update.Id) < 0)], [.. _apart.Values]);
        NextCursor = nextCursor;
        ForgetApart(next);
    }

    /// <summary>Takes a conversation from an event; it moves up when it has a new message.</summary>
    /// <returns>Whether it is new or otherwise than before. One that belongs to a part that was not read is neither.</returns>
    public bool Take(Conversation update)
    {
        var place = IndexOf(update.Id);
        if (place < 0)
            return _apart.TryGetValue(update.Id, out var apart) ? TakeApart(apart, update) : PlaceIfRead(new Entry(update));

        if (!Differs(update))
            return false;

        var before = _entries[place];
        _entries[place] = before.With(update);
        if (update.LastSequence > before.Conversation.LastSequence)
            Place(Remove(update.Id));

        return true;
    }

    /// <summary>Takes one that was asked for by itself: into its place, or beyond the part that was read.</summary>
    /// <returns>Whether it is new or otherwise than before.</returns>
    public bool TakeSingle(Conversation update)
    {
        if (Contains(update.Id) || PlaceOf(new Entry(update)) >= 0 || NextCursor is null)
            return Take(update);

        _apart[update.Id] = new Entry(update);

        return true;
    }

    /// <summary>Forgets those beyond the part that was read, but for some.</summary>
    public void KeepApart(IReadOnlySet<Guid> wanted)
    {
        foreach (var id in _apart.Keys.Where(id => !wanted.Contains(id)).ToList())
            _apart.Remove(id);
    }

    /// <summary>Those whose preview is gone at an instant, and when the next one will be.</summary>
    public (IReadOnlyList<Guid> Expired, DateTimeOffset? Next) PreviewsAt(DateTimeOffset now)
    {
        var endings = Snapshot().Where(conversation => conversation.LastMessage?.ExpiresAt is not null).ToList();

        return (
            [.. endings.Where(conversation => !conversation.LastMessage!.IsVisibleAt(now)).Select(conversation => conversation.Id)],
            endings.Where(conversation => conversation.LastMessage!.IsVisibleAt(now)).Min(conversation => conversation.LastMessage!.ExpiresAt));
    }

    /// <summary>Shows no preview where it has expired, until the server has sent the next one.</summary>
    public Conversation? DropPreview(Guid conversationId)
    {
        if (Find(conversationId) is not { } entry)
            return null;

        var bare = entry with { Conversation = entry.Conversation with { LastMessage = null } };
        if (IndexOf(conversationId) is >= 0 and var place)
            _entries[place] = bare;
        else
            _apart[conversationId] = bare;

        return bare.Conversation;
    }

    private bool TakeApart(Entry apart, Conversation update)
    {
        var differs = Differs(update);
        var entry = apart.With(update);
        _apart.Remove(update.Id);
        if (!PlaceIfRead(entry))
            _apart[update.Id] = entry;

        return differs;
    }

    /// <summary>Drops those that are now in the part that was read; when all was read, none remain.</summary>
    private void ForgetApart(IReadOnlyList<Conversation> read)
    {
        foreach (var conversation in read)
            _apart.Remove(conversation.Id);
        if (NextCursor is null)
            _apart.Clear();
    }

    private Entry? Find(Guid id) => IndexOf(id) is >= 0 and var place ? _entries[place] : _apart.GetValueOrDefault(id);

    private int IndexOf(Guid id) => _entries.FindIndex(entry => entry.Conversation.Id == id);

    private Entry Remove(Guid id)
    {
        var place = IndexOf(id);
        var entry = _entries[place];
        _entries.RemoveAt(place);

        return entry;
    }

    /// <summary>Adds at the end, in the server's order. Whatever stands before another was active no earlier, although its message may have expired.</summary>
    private void TakeOrder(IReadOnlyList<Conversation> update, IReadOnlyList<Entry> held)
    {
        var known = held.ToDictionary(entry => entry.Conversation.Id);
        foreach (var one in update)
            _entries.Add(known.TryGetValue(one.Id, out var entry) ? entry.With(one) : new Entry(one));

        for (var place = _entries.Count - 2; place >= 0; place--)
            _entries[place] = _entries[place].NoEarlierThan(_entries[place + 1].Activity);
    }

    /// <summary>Puts one where its activity belongs.</summary>
    private void Place(Entry entry)
    {
        var place = PlaceOf(entry);
        _entries.Insert(place < 0 ? _entries.Count : place, entry);
    }

    /// <summary>The same for one that was not held; returns false when it belongs to the part that was not read.</summary>
    private bool PlaceIfRead(Entry entry)
    {
        if (NextCursor is not null && PlaceOf(entry) < 0)
            return false;

        Place(entry);

        return true;
    }

    private int PlaceOf(Entry entry) => _entries.FindIndex(other => other.Activity <= entry.Activity);

    private bool Differs(Conversation update)
    {
        if (Find(update.Id) is not { Conversation: var held })
            return true;

        return IsAtLeast(update, held)
            && (update.Revision != held.Revision
                || update.UnreadCount != held.UnreadCount
                || update.LastMessage != held.LastMessage
                || !update.Participants.SequenceEqual(held.Participants));
    }

    /// <summary>Of two pictures of a conversation the later one has at least what the other has: neither revision nor pointers ever go back.</summary>
    private static bool IsAtLeast(Conversation update, Conversation held) =>
        update.Revision >= held.Revision
        && update.Participants.All(participant =>
            participant.LastReadSequence >= (held.Participants.FirstOrDefault(known => known.UserId == participant.UserId)?.LastReadSequence ?? 0));

    /// <param name="Activity">The newest message's time, or the begin; it stays when that message expires, as the server's order does.</param>
    private sealed record Entry(Conversation Conversation, DateTimeOffset Activity)
    {
        public Entry(Conversation conversation)
            : this(conversation, ActivityOf(conversation))
        {
        }

        /// <summary>With the update, unless that is older.</summary>
        public Entry With(Conversation update)
        {
            var later = IsAtLeast(update, Conversation) ? update : Conversation;

            return new Entry(later, Activity).NoEarlierThan(ActivityOf(update));
        }

        public Entry NoEarlierThan(DateTimeOffset activity) => activity > Activity ? this with { Activity = activity } : this;

        private static DateTimeOffset ActivityOf(Conversation conversation) => conversation.LastMessage?.CreatedAt ?? conversation.CreatedAt;
    }
}
