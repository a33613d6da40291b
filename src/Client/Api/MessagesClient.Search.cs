namespace CleanMessaging.Client;

/// <content>The search.</content>
public sealed partial class MessagesClient
{
    /// <summary>
    /// Searches the messages that the user can see, newest first. Call it with <see cref="MessageSearchPage.NextCursor"/> again until that
    /// is null.
    /// </summary>
    /// <param name="cursor">The previous page's cursor of the same search; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 50.</param>
    /// <exception cref="InvalidRequestException">
    /// <c>search.query_too_short</c>, <c>search.query_too_long</c>, <c>search.invalid_text</c>, <c>search.invalid_range</c>
    /// </exception>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c>: the cursor belongs to another search.</exception>
    /// <exception cref="RateLimitedException">The user searches too often.</exception>
    /// <exception cref="ServerUnavailableException"><c>server.busy</c>: too many users search at the same time.</exception>
    /// <exception cref="ArgumentException">The query has an unpaired surrogate, which cannot be sent verbatim.</exception>
    public async Task<MessageSearchPage> SearchAsync(
        MessageSearch search, string? cursor = null, int limit = 20, CancellationToken cancellationToken = default)
    {
        EnsureSendable(search.Query ?? "");
        var found = await _api.PostAsync(
            "messages/search",
            new SearchMessagesRequest(
                search.Query,
                search.ConversationId,
                search.SenderId,
                search.After,
                search.Before,
                search.HasAttachment,
                cursor,
                limit),
            MessagingJson.Default.SearchMessagesRequest,
            MessagingJson.Default.SearchEnvelope,
            cancellationToken).ConfigureAwait(false);

        return new MessageSearchPage(found.Data, found.Page.NextCursor, found.Page.SearchedBackTo, found.Page.IsComplete);
    }
}
