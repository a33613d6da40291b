namespace CleanMessaging.Client;

/// <summary>
/// The conversations that a client has loaded, newest activity first: the loaded beginning of the server's list, and single conversations
/// from beyond it. Sends no requests. Not thread-safe.
/// </summary>
internal sealed class ConversationList
{
    private readonly List<Entry> _entries = [];

    /// <summary>The single conversations from beyond the loaded part of the list.</summary>
    private readonly Dictionary<Guid, Entry> _apart = [];

    /// <summary>The length of the loaded part of the list.</summary>
    public int Count => _entries.Count;

    /// <summary>The cursor of the next page; null at the end of the list, or before the first load.</summary>
    public string? NextCursor { get; private set; }

    public IReadOnlyList<Conversation> Snapshot() =>
        [.. _entries.Concat(_apart.Values.OrderByDescending(entry => entry.Activity)).Select(entry => entry.Conversation)];

    public bool Contains(Guid id) => IndexOf(id) >= 0 || _apart.ContainsKey(id);

    /// <summary>The single conversations from beyond the loaded part of the list.</summary>
    public IReadOnlyList<Guid> Apart => [.. _apart.Keys];

    /// <summary>Replaces the beginning of the list with the server's, in the server's order.</summary>
    /// <returns>The conversations that are new or have changed.</returns>
    public IReadOnlyList<Conversation> TakeFirst(IReadOnlyList<Conversation> first, string? nextCursor)
    {
        var changed = first.Where(Differs).ToList();
        var before = _entries.ToList();
        _entries.Clear();
        NextCursor = nextCursor;
        TakeOrder(first, [.. before, .. _apart.Values]);
        ForgetApart(first);

        // Events that arrived during the read: new messages or conversations. Processed from the last to the first, to keep their order.
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

    /// <summary>Appends the next page.</summary>
    public void TakeNext(IReadOnlyList<Conversation> next, string? nextCursor)
    {
        foreach (var update in next.Where(update => IndexOf(update.Id) >= 0))
            Take(update);
        TakeOrder([.. next.Where(update => IndexOf(update.Id) < 0)], [.. _apart.Values]);
        NextCursor = nextCursor;
        ForgetApart(next);
    }

    /// <summary>Applies a conversation from an event. A new message moves the conversation up.</summary>
    /// <returns>
    /// Whether the conversation is new or has changed. False for one that belongs to the part of the list that is not loaded.
    /// </returns>
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

    /// <summary>Adds a conversation that was requested individually: in its position, or as a single one beyond the loaded part.</summary>
    /// <returns>Whether the conversation is new or has changed.</returns>
    public bool TakeSingle(Conversation update)
    {
        if (Contains(update.Id) || PlaceOf(new Entry(update)) >= 0 || NextCursor is null)
            return Take(update);

        _apart[update.Id] = new Entry(update);

        return true;
    }

    /// <summary>Removes the single conversations from beyond the loaded part, except for the wanted ones.</summary>
    public void KeepApart(IReadOnlySet<Guid> wanted)
    {
        foreach (var id in _apart.Keys.Where(id => !wanted.Contains(id)).ToList())
            _apart.Remove(id);
    }

    /// <summary>Returns the conversations whose preview has expired at an instant, and when the next preview expires.</summary>
    public (IReadOnlyList<Guid> Expired, DateTimeOffset? Next) PreviewsAt(DateTimeOffset now)
    {
        var endings = Snapshot().Where(conversation => conversation.LastMessage?.ExpiresAt is not null).ToList();

        return (
            [.. endings.Where(conversation => !conversation.LastMessage!.IsVisibleAt(now)).Select(conversation => conversation.Id)],
            endings.Where(conversation => conversation.LastMessage!.IsVisibleAt(now))
                .Min(conversation => conversation.LastMessage!.ExpiresAt));
    }

    /// <summary>Removes an expired preview, until the server sends the next one.</summary>
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

    /// <summary>
    /// Removes the single conversations that are now in the loaded part. When the whole list is loaded, removes all of them.
    /// </summary>
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

    /// <summary>
    /// Appends conversations in the server's order. Each entry gets an activity time no earlier than that of the entry after it, because
    /// the message that set its position may have expired.
    /// </summary>
    private void TakeOrder(IReadOnlyList<Conversation> update, IReadOnlyList<Entry> held)
    {
        var known = held.ToDictionary(entry => entry.Conversation.Id);
        foreach (var one in update)
            _entries.Add(known.TryGetValue(one.Id, out var entry) ? entry.With(one) : new Entry(one));

        for (var place = _entries.Count - 2; place >= 0; place--)
            _entries[place] = _entries[place].NoEarlierThan(_entries[place + 1].Activity);
    }

    /// <summary>Inserts an entry by its activity time.</summary>
    private void Place(Entry entry)
    {
        var place = PlaceOf(entry);
        _entries.Insert(place < 0 ? _entries.Count : place, entry);
    }

    /// <summary>Inserts an entry by its activity time; returns false when its position is in the part that is not loaded.</summary>
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

    /// <summary>Whether a version of a conversation is at least as new as another. Revisions and read pointers never decrease.</summary>
    private static bool IsAtLeast(Conversation update, Conversation held) =>
        update.Revision >= held.Revision
        && update.Participants.All(participant =>
            participant.LastReadSequence >= (
                held.Participants.FirstOrDefault(known => known.UserId == participant.UserId)?.LastReadSequence ?? 0));

    /// <param name="Activity">
    /// The time of the newest message, or of the start. It stays after that message expires, as in the server's order.
    /// </param>
    private sealed record Entry(Conversation Conversation, DateTimeOffset Activity)
    {
        public Entry(Conversation conversation)
            : this(conversation, ActivityOf(conversation))
        {
        }

        /// <summary>Returns the entry with an update, or unchanged if the update is older.</summary>
        public Entry With(Conversation update)
        {
            var later = IsAtLeast(update, Conversation) ? update : Conversation;

            return new Entry(later, Activity).NoEarlierThan(ActivityOf(update));
        }

        public Entry NoEarlierThan(DateTimeOffset activity) => activity > Activity ? this with { Activity = activity } : this;

        private static DateTimeOffset ActivityOf(Conversation conversation) =>
            conversation.LastMessage?.CreatedAt ?? conversation.CreatedAt;
    }
}
