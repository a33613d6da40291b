namespace CleanMessaging.Client;

/// <summary>The list of conversations of a session and its unread totals at one time. Immutable.</summary>
internal sealed record ListState(ConversationList List, IReadOnlyList<Conversation> Conversations, UnreadCounter Unread)
{
    public static readonly ListState Empty = new(ConversationList.Empty, [], UnreadCounter.Unknown);

    private IEnumerable<Guid> Ids => Conversations.Select(conversation => conversation.Id);

    public ListState With(ConversationList list)
    {
        if (list == List)
            return this;

        var conversations = list.Snapshot();

        return new ListState(list, conversations, Unread.Update(conversations, list.IsComplete));
    }

    public ListState With(UnreadTotals totals) => this with { Unread = UnreadCounter.FromServer(totals, Conversations) };

    /// <summary>Returns the conversations that are new or have changed since an earlier state. The others are the same instances.</summary>
    public IReadOnlyList<Conversation> ChangedSince(ListState earlier) =>
        [.. Conversations.Except<Conversation>(earlier.Conversations, ReferenceEqualityComparer.Instance)];

    /// <summary>Whether the list was loaded for the first time, or has other conversations, another order or another end.</summary>
    public bool IsRelistedSince(ListState earlier) =>
        List.IsLoaded != earlier.List.IsLoaded
        || List.IsComplete != earlier.List.IsComplete
        || !Ids.SequenceEqual(earlier.Ids);

    /// <summary>Returns the conversations whose mute has ended in a time.</summary>
    public IReadOnlyList<Conversation> UnmutedBetween(DateTimeOffset since, DateTimeOffset now) =>
        [.. Conversations.Where(conversation => conversation.Personal.MutedUntil > since && conversation.Personal.MutedUntil <= now)];

    /// <summary>Returns when the next mute ends; null when none does.</summary>
    public DateTimeOffset? NextUnmute(DateTimeOffset now) =>
        Conversations.Where(conversation => conversation.Personal is { IsMutedForever: false } personal && personal.IsMutedAt(now))
            .Min(conversation => conversation.Personal.MutedUntil);
}
