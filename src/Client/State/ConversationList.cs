using System.Collections.Immutable;

namespace CleanMessaging.Client;

/// <summary>
/// The conversations that a client has loaded, newest activity first: the loaded beginning of the server's list, and single conversations
/// from beyond it. Immutable: each method returns the next list. A change that has no effect returns an equal list.
/// </summary>
internal sealed record ConversationList
{
    public static readonly ConversationList Empty = new();

    /// <summary>The loaded beginning of the server's list.</summary>
    public ImmutableList<Entry> Beginning { get; private init; } = [];

    /// <summary>The single conversations from beyond the beginning.</summary>
    public ImmutableDictionary<Guid, Entry> Singles { get; private init; } = [];

    /// <summary>The cursor of the next page; null at the end of the list, or before the first load.</summary>
    public string? NextCursor { get; private init; }

    /// <summary>Whether the beginning was loaded.</summary>
    public bool IsLoaded { get; private init; }

    /// <summary>Whether the list has all of the user's conversations.</summary>
    public bool IsComplete => IsLoaded && NextCursor is null;

    /// <summary>When the next preview expires; null when none does.</summary>
    public DateTimeOffset? NextPreviewExpiry => Snapshot().Min(conversation => conversation.LastMessage?.ExpiresAt);

    /// <summary>Returns the conversations that the user has not deleted.</summary>
    public IReadOnlyList<Conversation> Snapshot() =>
    [
        .. Beginning.Concat(Singles.Values.OrderByDescending(entry => entry.Activity))
            .Select(entry => entry.Conversation)
            .Where(conversation => !conversation.Personal.Deleted),
    ];

    public bool Contains(Guid id) => Find(id) is not null;

    /// <summary>Returns a conversation, deleted or not; null when it is not loaded.</summary>
    public Conversation? FindConversation(Guid id) => Find(id)?.Conversation;

    public bool IsInBeginning(Guid id) => IndexOf(id) >= 0;

    /// <summary>Replaces the beginning with the server's, in the server's order.</summary>
    /// <param name="wanted">The single conversations to keep.</param>
    public ConversationList ReplaceBeginning(IReadOnlyList<Conversation> first, string? nextCursor, IReadOnlySet<Guid> wanted)
    {
        var read = first.ToDictionary(conversation => conversation.Id);
        var list = new ConversationList
        {
            Beginning = InServerOrder(first.Select(Merge)),
            Singles = SinglesBeyond(first, nextCursor).RemoveRange(Singles.Keys.Except(wanted)),
            NextCursor = nextCursor,
            IsLoaded = true,
        };

        // Events that arrived during the read: new messages or conversations. Processed from the last to the first, to keep their order.
        foreach (var entry in Beginning.Reverse())
        {
            if (!read.TryGetValue(entry.Conversation.Id, out var update))
                list = list.IsBeyond(entry) ? list : list.Insert(entry);
            else if (entry.Conversation.LastSequence > update.LastSequence)
                list = list.MoveUp(list.IndexOf(update.Id));
        }

        return list;
    }

    /// <summary>Appends the next page.</summary>
    public ConversationList AppendPage(IReadOnlyList<Conversation> next, string? nextCursor)
    {
        var known = next.ToLookup(update => IsInBeginning(update.Id));
        var list = known[true].Aggregate(this, (changed, update) => changed.Update(update, isWanted: false));

        return list with
        {
            Beginning = InServerOrder(list.Beginning.Concat(known[false].Select(Merge))),
            Singles = SinglesBeyond(next, nextCursor),
            NextCursor = nextCursor,
        };
    }

    /// <summary>
    /// Applies a new or changed conversation. A new message moves it up. A conversation from beyond the beginning is ignored, unless it is
    /// wanted or already a single one.
    /// </summary>
    public ConversationList Update(Conversation update, bool isWanted)
    {
        var entry = Merge(update);
        if (IndexOf(update.Id) is >= 0 and var place)
        {
            var before = Beginning[place].Conversation;
            if (entry.Conversation == before)
                return this;

            var list = this with { Beginning = Beginning.SetItem(place, entry) };

            return update.LastSequence > before.LastSequence ? list.MoveUp(place) : list;
        }

        if (!IsBeyond(entry))
            return (this with { Singles = Singles.Remove(update.Id) }).Insert(entry);

        return isWanted || Singles.ContainsKey(update.Id) ? this with { Singles = Singles.SetItem(update.Id, entry) } : this;
    }

    /// <summary>Adds conversations that are kept as single ones if they are beyond the beginning.</summary>
    public ConversationList Add(IReadOnlyList<Conversation> wanted) =>
        wanted.Aggregate(this, (list, conversation) => list.Update(conversation, isWanted: true));

    /// <summary>
    /// Removes the preview of a message that was deleted, until the server sends the next one. The conversation gets the revision of the
    /// deletion, so that an older update does not restore the preview.
    /// </summary>
    public ConversationList RemovePreview(Guid conversationId, DeletedMessage deleted) =>
        Find(conversationId)?.Conversation is { LastMessage: { } last } conversation && last.Id == deleted.MessageId
            ? Update(
                conversation with { LastMessage = null, Revision = Math.Max(conversation.Revision, deleted.Revision) }, isWanted: false)
            : this;

    /// <summary>Removes the previews that have expired, until the server sends the next ones.</summary>
    public ConversationList ExpirePreviews(DateTimeOffset now) =>
        Snapshot().Where(conversation => conversation.LastMessage?.IsVisibleAt(now) == false)
            .Aggregate(this, (list, expired) => list.Update(expired with { LastMessage = null }, isWanted: false));

    /// <summary>Returns the known entry with an update, or a new one.</summary>
    private Entry Merge(Conversation update) => Find(update.Id)?.With(update) ?? new Entry(update);

    private Entry? Find(Guid id) => IndexOf(id) is >= 0 and var place ? Beginning[place] : Singles.GetValueOrDefault(id);

    private int IndexOf(Guid id) => Beginning.FindIndex(entry => entry.Conversation.Id == id);

    /// <summary>Returns the single conversations that are not in a page. There are none at the end of the list.</summary>
    private ImmutableDictionary<Guid, Entry> SinglesBeyond(IEnumerable<Conversation> page, string? nextCursor) =>
        nextCursor is null ? [] : Singles.RemoveRange(page.Select(conversation => conversation.Id));

    /// <summary>
    /// Returns entries in the server's order. Each gets an activity time no earlier than that of the entry after it, because the message
    /// that set its position may have expired.
    /// </summary>
    private static ImmutableList<Entry> InServerOrder(IEnumerable<Entry> entries)
    {
        var ordered = entries.ToArray();
        for (var place = ordered.Length - 2; place >= 0; place--)
            ordered[place] = ordered[place].NoEarlierThan(ordered[place + 1].Activity);

        return [.. ordered];
    }

    /// <summary>Whether the position of an entry is in the part of the list that is not loaded.</summary>
    private bool IsBeyond(Entry entry) => NextCursor is not null && PlaceOf(entry) < 0;

    private ConversationList MoveUp(int place) => (this with { Beginning = Beginning.RemoveAt(place) }).Insert(Beginning[place]);

    /// <summary>Inserts an entry by its activity time.</summary>
    private ConversationList Insert(Entry entry) =>
        this with { Beginning = Beginning.Insert(PlaceOf(entry) is >= 0 and var place ? place : Beginning.Count, entry) };

    private int PlaceOf(Entry entry) => Beginning.FindIndex(other => other.Activity <= entry.Activity);

    /// <param name="Activity">
    /// The time of the newest message, or of the start. It stays after that message expires, as in the server's order.
    /// </param>
    internal sealed record Entry(Conversation Conversation, DateTimeOffset Activity)
    {
        public Entry(Conversation conversation)
            : this(conversation, ActivityOf(conversation))
        {
        }

        /// <summary>Returns the entry with an update. The conversation is the same instance if the update is older or the same.</summary>
        public Entry With(Conversation update) =>
            (IsChangedBy(update) ? this with { Conversation = update } : this).NoEarlierThan(ActivityOf(update));

        public Entry NoEarlierThan(DateTimeOffset activity) => activity > Activity ? this with { Activity = activity } : this;

        private static DateTimeOffset ActivityOf(Conversation conversation) =>
            conversation.LastMessage?.CreatedAt ?? conversation.CreatedAt;

        /// <summary>Whether an update is at least as new, and differs. Revisions and read pointers never decrease.</summary>
        private bool IsChangedBy(Conversation update) =>
            update.Revision >= Conversation.Revision
            && update.Personal.Revision >= Conversation.Personal.Revision
            && update.Participants.All(participant => participant.LastReadSequence >= LastReadOf(participant.UserId))
            && (update.Revision != Conversation.Revision
                || update.UnreadCount != Conversation.UnreadCount
                || update.LastMessage != Conversation.LastMessage
                || update.Personal != Conversation.Personal
                || !update.Participants.SequenceEqual(Conversation.Participants));

        private long LastReadOf(Guid userId) =>
            Conversation.Participants.FirstOrDefault(participant => participant.UserId == userId)?.LastReadSequence ?? 0;
    }
}
