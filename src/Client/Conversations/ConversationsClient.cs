namespace CleanMessaging.Client;

/// <summary>The conversations of the signed-in user.</summary>
public sealed class ConversationsClient
{
    private readonly ApiTransport _api;

    internal ConversationsClient(ApiTransport api) => _api = api;

    /// <summary>The user's conversations, newest activity first.</summary>
    /// <param name="cursor">The last page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">How many a page has at most, 1 to 100.</param>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<Conversation>> ListAsync(string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("conversations").Add("cursor", cursor).Add("limit", limit);
        var list = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeConversation, cancellationToken).ConfigureAwait(false);

        return new Page<Conversation>(list.Data, list.Page.NextCursor);
    }

    /// <summary>One conversation.</summary>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    public async Task<Conversation> GetAsync(Guid conversationId, CancellationToken cancellationToken = default)
    {
        var query = new QueryText($"conversations/{conversationId}");

        return (await _api.GetAsync(query, MessagingJson.Default.EnvelopeConversation, cancellationToken).ConfigureAwait(false)).Data;
    }

    /// <summary>How much the user has not read, over all of their conversations.</summary>
    public async Task<UnreadTotals> GetUnreadTotalsAsync(CancellationToken cancellationToken = default) =>
        (await _api.GetAsync(new QueryText("conversations/unread"), MessagingJson.Default.EnvelopeUnreadTotals, cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Starts the conversation with a user of the other role, or finds the one there is.</summary>
    /// <param name="receiverId">A user of the other role.</param>
    /// <param name="pointsCost">The most that the user agrees to pay, in points; null agrees to nothing.</param>
    /// <exception cref="PriceChangedException">It costs more than was agreed to; nothing was created.</exception>
    /// <exception cref="InsufficientBalanceException">There are not enough points.</exception>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    /// <exception cref="MessagingException">
    /// <c>conversation.with_self</c>, <c>conversation.role_pair_not_allowed</c>, <c>conversation.recipient_unavailable</c> (the user is deactivated)
    /// </exception>
    public async Task<StartedConversation> StartAsync(Guid receiverId, long? pointsCost = null, CancellationToken cancellationToken = default)
    {
        var started = await _api.PostAsync(
            "conversations/create",
            new StartConversationRequest(receiverId, pointsCost),
            MessagingJson.Default.StartConversationRequest,
            MessagingJson.Default.EnvelopeConversation,
            cancellationToken).ConfigureAwait(false);

        return new StartedConversation(started.Data, started.IsCreated);
    }

    /// <summary>What was missed in several conversations.</summary>
    /// <param name="known">1 to 200 conversations, each once.</param>
    /// <exception cref="InvalidRequestException">There are none, too many, or one twice.</exception>
    public async Task<SyncedConversations> SyncAsync(IReadOnlyList<KnownConversation> known, CancellationToken cancellationToken = default)
    {
        var asked = _api.Timestamp;
        var synced = await _api.PostAsync(
            "sync",
            new SyncRequest(known),
            MessagingJson.Default.SyncRequest,
            MessagingJson.Default.EnvelopeSyncedConversations,
            cancellationToken).ConfigureAwait(false);
        _api.Clock.Take(synced.Data.ServerTime, asked);

        return synced.Data;
    }
}
