namespace CleanMessaging.Client;

/// <summary>Lists, starts and synchronizes the conversations of the signed-in user.</summary>
public sealed class ConversationsClient
{
    private readonly ApiTransport _api;

    internal ConversationsClient(ApiTransport api) => _api = api;

    /// <summary>Lists the user's conversations, newest activity first.</summary>
    /// <param name="cursor">The previous page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <param name="filter">The conversations to list. Use a cursor with the same filter.</param>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<Conversation>> ListAsync(
        string? cursor = null,
        int limit = 50,
        ConversationFilter filter = ConversationFilter.Inbox,
        CancellationToken cancellationToken = default)
    {
        var name = filter switch
        {
            ConversationFilter.Pinned => "pinned",
            ConversationFilter.Archived => "archived",
            ConversationFilter.All => "all",
            _ => null,
        };
        var query = new QueryText("conversations").Add("cursor", cursor).Add("limit", limit).Add("filter", name);
        var list = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeConversation, cancellationToken).ConfigureAwait(false);

        return new Page<Conversation>(list.Data, list.Page.NextCursor);
    }

    /// <summary>Returns one conversation.</summary>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<Conversation> GetAsync(Guid conversationId, CancellationToken cancellationToken = default)
    {
        var query = new QueryText($"conversations/{conversationId}");

        return (await _api.GetAsync(query, MessagingJson.Default.EnvelopeConversation, cancellationToken).ConfigureAwait(false)).Data;
    }

    /// <summary>Returns the user's unread totals over all of their conversations.</summary>
    public async Task<UnreadTotals> GetUnreadTotalsAsync(CancellationToken cancellationToken = default) =>
        (await _api.GetAsync(
            new QueryText("conversations/unread"), MessagingJson.Default.EnvelopeUnreadTotals, cancellationToken)
            .ConfigureAwait(false)).Data;

    /// <summary>Starts a conversation with a user of the other role, or returns the existing one.</summary>
    /// <param name="receiverId">A user of the other role.</param>
    /// <param name="pointsCost">The highest price in points that the user agrees to pay; null agrees to no payment.</param>
    /// <exception cref="PriceChangedException">The price is higher than agreed; nothing was created.</exception>
    /// <exception cref="InsufficientBalanceException">The wallet has too few points.</exception>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    /// <exception cref="MessagingException">
    /// <c>conversation.with_self</c>, <c>conversation.role_pair_not_allowed</c>, <c>conversation.recipient_unavailable</c> (the user is
    /// deactivated)
    /// </exception>
    public async Task<StartedConversation> StartAsync(
        Guid receiverId, long? pointsCost = null, CancellationToken cancellationToken = default)
    {
        var started = await _api.PostAsync(
            "conversations/create",
            new StartConversationRequest(receiverId, pointsCost),
            MessagingJson.Default.StartConversationRequest,
            MessagingJson.Default.EnvelopeConversation,
            cancellationToken).ConfigureAwait(false);

        return new StartedConversation(started.Data, started.IsCreated);
    }

    /// <summary>Sets or removes the default expiration of a conversation's later messages. Either participant can.</summary>
    /// <param name="expirationHours">1 to 8760; null for no default.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<Conversation> SetExpirationAsync(
        Guid conversationId, int? expirationHours, CancellationToken cancellationToken = default)
    {
        var changed = await _api.PutAsync(
            $"conversations/{conversationId}/expiration",
            new SetExpirationRequest(expirationHours),
            MessagingJson.Default.SetExpirationRequest,
            MessagingJson.Default.EnvelopeConversation,
            cancellationToken).ConfigureAwait(false);

        return changed.Data;
    }

    /// <summary>Returns the changes of several conversations since the given revisions.</summary>
    /// <param name="known">1 to 200 conversations, each once.</param>
    /// <exception cref="InvalidRequestException">The list is empty or too long, or has a conversation twice.</exception>
    public async Task<SyncedConversations> SyncAsync(IReadOnlyList<KnownConversation> known, CancellationToken cancellationToken = default)
    {
        var requestedAt = _api.Timestamp;
        var synced = await _api.PostAsync(
            "sync",
            new SyncRequest(known),
            MessagingJson.Default.SyncRequest,
            MessagingJson.Default.EnvelopeSyncedConversations,
            cancellationToken).ConfigureAwait(false);
        _api.Clock.AddReading(synced.Data.ServerTime, requestedAt);

        return synced.Data;
    }

    /// <summary>Moves a conversation to the user's archive, and unpins it. Repeating the call has no further effect.</summary>
    /// <param name="throughSequence">The newest message that the user saw. A newer one keeps the conversation out of the archive.</param>
    /// <param name="forever">Whether the conversation stays in the archive when messages arrive.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> ArchiveAsync(
        Guid conversationId, long throughSequence, bool forever = false, CancellationToken cancellationToken = default) =>
        (await _api.PutAsync(
            $"conversations/{conversationId}/archive",
            new ArchiveRequest(throughSequence, forever ? true : null),
            MessagingJson.Default.ArchiveRequest,
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Moves a conversation from the user's archive back to the inbox.</summary>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> UnarchiveAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        (await _api.DeleteAsync(
            $"conversations/{conversationId}/archive",
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Mutes a conversation for the user.</summary>
    /// <param name="until">A time in the future; null to mute it forever.</param>
    /// <exception cref="MessagingException"><c>conversation.mute_in_the_past</c></exception>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> MuteAsync(
        Guid conversationId, DateTimeOffset? until = null, CancellationToken cancellationToken = default) =>
        (await _api.PutAsync(
            $"conversations/{conversationId}/mute",
            new MuteRequest(until),
            MessagingJson.Default.MuteRequest,
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Unmutes a conversation for the user.</summary>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> UnmuteAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        (await _api.DeleteAsync(
            $"conversations/{conversationId}/mute",
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Pins a conversation for the user, and takes it out of the archive.</summary>
    /// <exception cref="ChangeRejectedException"><c>conversation.too_many_pinned</c>: the user has pinned 10 conversations.</exception>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> PinAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        (await _api.PutAsync(
            $"conversations/{conversationId}/pin",
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Unpins a conversation for the user.</summary>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> UnpinAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        (await _api.DeleteAsync(
            $"conversations/{conversationId}/pin",
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Clears the messages of a conversation for the user. The other participant still sees them. It cannot be undone.</summary>
    /// <param name="throughSequence">The newest message that the user saw; later ones are not affected.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> ClearAsync(Guid conversationId, long throughSequence, CancellationToken cancellationToken = default) =>
        (await _api.PostAsync(
            $"conversations/{conversationId}/clear",
            new ThroughRequest(throughSequence),
            MessagingJson.Default.ThroughRequest,
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Deletes a conversation for the user: clears it, and takes it out of every list until the next message.</summary>
    /// <param name="throughSequence">The newest message that the user saw; later ones are not affected.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<PersonalState> DeleteAsync(
        Guid conversationId, long throughSequence, CancellationToken cancellationToken = default) =>
        (await _api.PostAsync(
            $"conversations/{conversationId}/delete",
            new ThroughRequest(throughSequence),
            MessagingJson.Default.ThroughRequest,
            MessagingJson.Default.EnvelopePersonalState,
            cancellationToken).ConfigureAwait(false)).Data;
}
