namespace CleanMessaging.Client;

/// <summary>
/// Reads the list of conversations from the server, in pages. A server of an earlier version rejects filters; the list is then read without
/// one, until the next connection.
/// </summary>
internal sealed class ListReader(ConversationsClient api, int pageSize)
{
    private const int PageMax = 100;

    /// <summary>The maximum number of conversations that a user can pin.</summary>
    private const int PinnedMax = 10;

    /// <summary>The maximum number of conversations that are read to find a page of those in the inbox.</summary>
    private const int ReadMax = 500;

    private volatile bool _hasFilters = true;

    /// <summary>The number of conversations in the first page.</summary>
    public int PageSize => pageSize;

    /// <summary>Whether the server knows filters. Without them, no conversation is pinned or archived.</summary>
    public bool HasFilters => _hasFilters;

    /// <summary>Uses filters again, because the next server may have another version.</summary>
    public void OnConnected() => _hasFilters = true;

    /// <summary>
    /// Reads conversations of all kinds, newest activity first. Reads on until a page of them is in the inbox, up to
    /// <see cref="ReadMax"/>.
    /// </summary>
    /// <param name="cursor">The cursor at which to start; null for the beginning of the list.</param>
    /// <param name="count">The number of conversations to read, if there are as many.</param>
    public Task<Page<Conversation>> ReadAsync(string? cursor, int count, CancellationToken cancellationToken) => ReadAsync(
        ConversationFilter.All,
        cursor,
        count,
        read => read.Count >= Math.Max(count, ReadMax)
            || (read.Count >= count && read.Count(conversation => !conversation.Personal.Archived) >= pageSize),
        cancellationToken);

    /// <summary>Reads the pinned conversations, which are shown first, wherever they are in the list.</summary>
    public async Task<IReadOnlyList<Conversation>> ReadPinnedAsync(CancellationToken cancellationToken) =>
        (await ReadPageAsync(ConversationFilter.Pinned, cursor: null, PinnedMax, cancellationToken).ConfigureAwait(false)).Items;

    /// <summary>Reads archived conversations, newest activity first.</summary>
    /// <inheritdoc cref="ReadAsync(string?, int, CancellationToken)"/>
    public Task<Page<Conversation>> ReadArchivedAsync(string? cursor, int count, CancellationToken cancellationToken) =>
        ReadAsync(ConversationFilter.Archived, cursor, count, read => read.Count >= count, cancellationToken);

    private async Task<Page<Conversation>> ReadAsync(
        ConversationFilter filter,
        string? cursor,
        int count,
        Func<List<Conversation>, bool> isEnough,
        CancellationToken cancellationToken)
    {
        var read = new List<Conversation>();
        do
        {
            var limit = count > read.Count ? Math.Min(PageMax, count - read.Count) : PageMax;
            var page = await ReadPageAsync(filter, cursor, limit, cancellationToken).ConfigureAwait(false);
            read.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null && !isEnough(read));

        // A conversation that moved up during the requests is on two pages.
        return new Page<Conversation>([.. read.DistinctBy(conversation => conversation.Id)], cursor);
    }

    private async Task<Page<Conversation>> ReadPageAsync(
        ConversationFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (_hasFilters)
        {
            try
            {
                return await api.ListAsync(cursor, limit, filter, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidRequestException) when (filter is ConversationFilter.All)
            {
                // The filter, or something else, which is then rejected again.
            }
            catch (InvalidRequestException)
            {
                if (await KnowsFiltersAsync(cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }

        if (filter is not ConversationFilter.All)
            return new Page<Conversation>([], NextCursor: null);

        var page = await api.ListAsync(cursor, limit, ConversationFilter.Inbox, cancellationToken).ConfigureAwait(false);
        _hasFilters = false;

        return page;
    }

    private async Task<bool> KnowsFiltersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await api.ListAsync(cursor: null, limit: 1, ConversationFilter.All, cancellationToken).ConfigureAwait(false);

            return true;
        }
        catch (InvalidRequestException)
        {
            return _hasFilters = false;
        }
    }
}
