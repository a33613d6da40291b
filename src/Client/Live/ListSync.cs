namespace CleanMessaging.Client;

/// <summary>
/// Keeps a session's list of conversations and the unread totals up to date: loads pages, applies live changes, and refreshes previews.
/// Thread-safe.
/// </summary>
/// <param name="wanted">
/// Returns the conversations that are always in the list, regardless of their position: open ones, and those with unsent messages.
/// </param>
internal sealed class ListSync(
    ConversationsClient api,
    ListReader reader,
    ServerClock clock,
    SyncScheduler scheduler,
    Func<IReadOnlySet<Guid>> wanted,
    Action<SessionChange> publish)
{
    /// <summary>
    /// The delay before the unread totals are requested. Changes in quick succession cause one request, and the server publishes a message
    /// slightly after it counts it.
    /// </summary>
    private static readonly TimeSpan _unreadDelay = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The delay before a new preview is requested. The server's clock may be behind the estimate and return the expired message again.
    /// </summary>
    private static readonly TimeSpan _previewDelay = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private ListState _state = ListState.Empty;
    private volatile ArchiveEnd? _archive;
    private DateTimeOffset? _mutesEvaluatedAt;

    /// <summary>The loaded conversations, newest activity first.</summary>
    public IReadOnlyList<Conversation> Conversations => State.Conversations;

    /// <summary>The unread totals over all conversations; null until they are known.</summary>
    public UnreadTotals? UnreadTotals => State.Unread.Totals;

    /// <summary>Whether the list was loaded.</summary>
    public bool IsLoaded => List.IsLoaded;

    /// <summary>Whether there are more conversations than the loaded ones.</summary>
    public bool HasMore => List.NextCursor is not null;

    /// <summary>Whether there may be archived conversations that are not loaded.</summary>
    public bool HasMoreArchived => HasMore && reader.HasFilters && _archive is null or { Cursor: not null };

    /// <summary>Returns a loaded conversation, deleted or not; null when it is not loaded.</summary>
    public Conversation? Find(Guid conversationId) => List.FindConversation(conversationId);

    private ListState State => Volatile.Read(ref _state);

    private ConversationList List => State.List;

    /// <summary>Loads the next page. Does nothing when there is none.</summary>
    public async Task LoadMoreAsync(CancellationToken cancellationToken)
    {
        while (List.NextCursor is { } cursor)
        {
            var page = await reader.ReadAsync(cursor, reader.PageSize, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                // The list was reloaded during the request, so that this page no longer starts at its end.
                if (List.NextCursor != cursor)
                    continue;

                Show(State.With(List.AppendPage(page.Items, page.NextCursor)), changed: [], isRelisted: true);
                break;
            }
        }
    }

    /// <summary>Loads the next page of archived conversations. Does nothing when there is none.</summary>
    public async Task LoadMoreArchivedAsync(CancellationToken cancellationToken)
    {
        while (HasMoreArchived)
        {
            var before = _archive;
            var page = await reader.ReadArchivedAsync(before?.Cursor, reader.PageSize, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                // The archive was reloaded during the request, so that this page no longer starts at its end.
                if (_archive != before)
                    continue;

                _archive = new ArchiveEnd((before?.Count ?? 0) + page.Items.Count, page.NextCursor);
                Show(State.With(List.Add(page.Items)), changed: [], isRelisted: true);
                break;
            }
        }
    }

    /// <summary>The next server may have another version.</summary>
    public void OnConnected() => reader.OnConnected();

    /// <summary>
    /// Reloads the beginning of the list and of the archive, up to the length that is loaded. Returns the conversations of the list as the
    /// server has them.
    /// </summary>
    public async Task<IReadOnlyList<Conversation>> RefreshAsync(CancellationToken cancellationToken)
    {
        var beginning = await reader.ReadAsync(
            cursor: null, Math.Max(reader.PageSize, List.Beginning.Count), cancellationToken).ConfigureAwait(false);
        var (first, cursor) = (beginning.Items, beginning.NextCursor);

        // The expiry of previews can only be evaluated with an exact server time.
        if (!clock.IsExact && first is [var any, ..])
            await ReadTimeAsync(any, cancellationToken).ConfigureAwait(false);
        var pinned = cursor is null ? [] : await reader.ReadPinnedAsync(cancellationToken).ConfigureAwait(false);
        var end = _archive;
        var archived = cursor is null || end is null
            ? new Page<Conversation>([], NextCursor: null)
            : await reader.ReadArchivedAsync(cursor: null, Math.Max(reader.PageSize, end.Count), cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            IReadOnlyList<Conversation> beyond = [.. pinned, .. archived.Items];
            var kept = wanted().Concat(beyond.Select(conversation => conversation.Id)).ToHashSet();

            // More of the archive was loaded during the requests.
            if (_archive != end)
                kept.UnionWith(from conversation in Conversations where conversation.Personal.Archived select conversation.Id);
            else if (end is not null)
                _archive = cursor is null ? null : new ArchiveEnd(archived.Items.Count, archived.NextCursor);
            var next = State.With(List.ReplaceBeginning(first, cursor, kept).Add(beyond));
            Show(next, next.ChangedSince(State), next.IsRelistedSince(State));
        }

        if (cursor is not null)
            scheduler.Request(new SyncTask.Unread(), TimeSpan.Zero);
        foreach (var single in wanted().Where(id => !List.IsInBeginning(id)))
            scheduler.Request(new SyncTask.Preview(single), TimeSpan.Zero);

        return first;
    }

    /// <summary>Requests the unread totals, unless the complete list is loaded and the totals are known.</summary>
    public async Task RefreshUnreadAsync(CancellationToken cancellationToken)
    {
        if (!HasMore)
            return;

        UnreadTotals totals;
        try
        {
            totals = await api.GetUnreadTotalsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // An older server version has no totals.
            return;
        }

        lock (_gate)
        {
            if (HasMore)
                Show(State.With(totals), changed: []);
        }
    }

    /// <summary>
    /// Requests the entry of one conversation. Returns null if the user no longer has access; the next list reload then removes it.
    /// </summary>
    public async Task<Conversation?> RefreshPreviewAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        try
        {
            var current = await api.GetAsync(conversationId, cancellationToken).ConfigureAwait(false);

            // Expired by the estimated time but still returned by the server: the estimate is wrong.
            if (current.LastMessage?.IsVisibleAt(clock.Now) == false)
                await ReadTimeAsync(current, cancellationToken).ConfigureAwait(false);

            return current;
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>Applies a new or changed conversation.</summary>
    public void Update(Conversation conversation)
    {
        var isWanted = conversation.Personal.PinnedAt is not null
            || (conversation.Personal.Archived && _archive is not null)
            || wanted().Contains(conversation.Id);
        lock (_gate)
        {
            var next = State.With(List.Update(conversation, isWanted));

            // A conversation that the user deletes leaves the list.
            Show(next, next.ChangedSince(State), isRelisted: next.Conversations.Count < State.Conversations.Count);
        }

        // The conversation may not be loaded, and the totals from the server may or may not include the change.
        if (HasMore)
            scheduler.Request(new SyncTask.Unread(), _unreadDelay);
    }

    /// <summary>Requests a conversation that has to be in the list, if it is missing.</summary>
    public void EnsureListed(Guid conversationId)
    {
        if (List is { IsLoaded: true } list && !list.Contains(conversationId))
            scheduler.Request(new SyncTask.Preview(conversationId), TimeSpan.Zero);
    }

    /// <summary>Requests a preview after a message has expired or was deleted.</summary>
    public void RequestPreview(Guid conversationId) => scheduler.Request(new SyncTask.Preview(conversationId), _previewDelay);

    /// <summary>Removes the preview of a message that was deleted, and requests the next one.</summary>
    public void RemovePreview(Guid conversationId, DeletedMessage deleted)
    {
        lock (_gate)
        {
            var next = State.With(List.RemovePreview(conversationId, deleted));
            var changed = next.ChangedSince(State);
            if (changed.Count == 0)
                return;

            Show(next, changed);
        }

        RequestPreview(conversationId);
    }

    /// <summary>
    /// Removes the previews that have expired, and reports the conversations whose mute has ended. Returns the time of the next of both.
    /// </summary>
    public DateTimeOffset? Expire(DateTimeOffset now)
    {
        lock (_gate)
        {
            var next = State.With(List.ExpirePreviews(now));
            var expired = next.ChangedSince(State);
            var unmuted = next.UnmutedBetween(_mutesEvaluatedAt ?? now, now);
            _mutesEvaluatedAt = now;
            Show(next, [.. expired.Union(unmuted)]);
            foreach (var conversation in expired)
                RequestPreview(conversation.Id);

            return new[] { List.NextPreviewExpiry, next.NextUnmute(now) }.Min();
        }
    }

    private void Show(ListState next, IReadOnlyList<Conversation> changed, bool isRelisted = false)
    {
        var before = State;
        Volatile.Write(ref _state, next);
        if (next.Unread.Totals is { } totals && totals != before.Unread.Totals)
            publish(new UnreadChanged(totals));
        foreach (var conversation in changed)
            publish(new ConversationChanged(conversation));
        if (isRelisted)
            publish(new ConversationsListed());
    }

    /// <summary>Gets the exact server time with a synchronization request; the response with a conversation does not contain it.</summary>
    private Task<SyncedConversations> ReadTimeAsync(Conversation any, CancellationToken cancellationToken) =>
        api.SyncAsync([new KnownConversation(any.Id, any.Revision)], cancellationToken);

    /// <summary>The end of the loaded part of the archive.</summary>
    /// <param name="Count">The number of archived conversations before it.</param>
    /// <param name="Cursor">The cursor of the next page; null if there is none.</param>
    private sealed record ArchiveEnd(int Count, string? Cursor);
}
