namespace CleanMessaging.Client;

/// <summary>Synchronizes open conversations with the server: over the hub while it is connected, otherwise over REST.</summary>
internal sealed class ConversationSync(
    ConversationsClient api,
    HubCalls hub,
    SendQueue queue,
    SyncScheduler scheduler,
    OpenConversations open,
    TypingSync typing,
    ServerClock clock)
{
    /// <summary>
    /// The delay before a gap is requested. The missing event may be sent by another thread of the server and arrive soon.
    /// </summary>
    private static readonly TimeSpan _gapMayClose = TimeSpan.FromMilliseconds(100);

    /// <summary>Requests the missing changes of a conversation, or loads it.</summary>
    public async Task RunAsync(ConversationTimeline timeline, CancellationToken cancellationToken)
    {
        var store = timeline.Store;
        try
        {
            var since = store.KnownRevision;
            var position = await ReadChangesAsync(timeline, since, cancellationToken).ConfigureAwait(false);
            typing.OnJoined(position);
            if (position.Recovered == true && since is { } requested)
            {
                store.Apply(new ChangesRecovered(position, requested, clock.Now));
            }
            else
            {
                // The position is read before the page: later changes are in the page or arrive as live events.
                var loadedTo = store.State is { IsLoaded: true } state ? state.LoadedToSequence : default(long?);
                var page = await timeline.Opening.ReadAsync(position, timeline.Start, loadedTo, cancellationToken).ConfigureAwait(false);
                store.Apply(new PageLoaded(position, page, clock.Now));
            }
        }
        catch (MessagingException exception) when (exception is NotFoundException or InvalidRequestException)
        {
            store.Apply(new AccessFailed(exception));
            return;
        }

        AcknowledgeSent(timeline);
        CheckForGap(timeline);
    }

    /// <summary>Requests the missing changes if a change is known whose predecessor is missing.</summary>
    public void CheckForGap(ConversationTimeline timeline)
    {
        if (timeline.Store.State.Revisions.HasGap)
            scheduler.Request(new SyncTask.Conversation(timeline.ConversationId), _gapMayClose);
    }

    /// <summary>Requests the missing changes if the server has a newer revision than the client.</summary>
    public void CheckRevision(ConversationTimeline timeline, long revision)
    {
        if (timeline.Store.KnownRevision is { } known && known < revision)
            scheduler.Request(new SyncTask.Conversation(timeline.ConversationId), _gapMayClose);
    }

    /// <summary>Requests the hidden messages if the server has a newer personal revision than the client.</summary>
    public void CheckPersonalRevision(ConversationTimeline timeline, long personalRevision)
    {
        if (timeline.Store.State.PersonalRevision < personalRevision)
            scheduler.Request(new SyncTask.Conversation(timeline.ConversationId), _gapMayClose);
    }

    /// <summary>Leaves the SignalR group of a conversation that is no longer open. A closed connection has no groups.</summary>
    public async Task LeaveAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        if (open.Find(conversationId) is not null || !hub.IsConnected)
            return;

        try
        {
            await hub.LeaveAsync(conversationId, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // The conversation does not exist, or the user has no access to it, so there is no group to leave.
        }
    }

    /// <remarks>
    /// A server of an earlier version rejects the personal revision. During an upgrade, any server can be one: the request is then repeated
    /// without it, and the hidden messages are requested the next time.
    /// </remarks>
    private async Task<JoinedConversation> ReadChangesAsync(
        ConversationTimeline timeline, long? since, CancellationToken cancellationToken)
    {
        var sincePersonal = since is null ? null : timeline.Store.State.PersonalRevision;
        try
        {
            return await ReadChangesAsync(timeline.ConversationId, since, sincePersonal, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidRequestException) when (sincePersonal is not null)
        {
            return await ReadChangesAsync(timeline.ConversationId, since, sincePersonal: null, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<JoinedConversation> ReadChangesAsync(
        Guid conversationId, long? since, long? sincePersonal, CancellationToken cancellationToken) =>
        (hub.IsConnected, since) switch
        {
            (true, _) => hub.JoinAsync(conversationId, since, sincePersonal, cancellationToken),
            (false, { } known) => PollAsync(new KnownConversation(conversationId, known, sincePersonal), cancellationToken),
            _ => ReadPositionAsync(conversationId, cancellationToken),
        };

    private async Task<JoinedConversation> PollAsync(KnownConversation known, CancellationToken cancellationToken)
    {
        var synced = await api.SyncAsync([known], cancellationToken).ConfigureAwait(false);

        return synced.Conversations is [var changes]
            ? changes
            : throw new Problem(Success: false, "conversation.not_found", "There is no such conversation.", Status: 404, Retryable: false)
                .ToException();
    }

    private async Task<JoinedConversation> ReadPositionAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        var current = await api.GetAsync(conversationId, cancellationToken).ConfigureAwait(false);

        return new JoinedConversation(
            conversationId, current.LastSequence, current.Revision, current.UnreadCount, current.Participants, Recovered: null, [],
            clock.Now)
        {
            DefaultExpirationHours = current.DefaultExpirationHours,
            DefaultExpirationSetBy = current.DefaultExpirationSetBy,
            Personal = current.Personal,
        };
    }

    /// <summary>
    /// Removes messages from the send queue that were found in the conversation: the server accepted them, but its response was lost.
    /// </summary>
    private void AcknowledgeSent(ConversationTimeline timeline)
    {
        if (queue.Of(timeline.ConversationId) is not { Count: > 0 } unsent)
            return;

        var found = timeline.Messages.Select(message => message.ClientMessageId).ToHashSet();
        foreach (var waiting in unsent.Where(waiting => found.Contains(waiting.ClientMessageId)))
            _ = queue.AcknowledgeAsync(waiting.ClientMessageId);
    }
}
