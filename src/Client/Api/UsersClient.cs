namespace CleanMessaging.Client;

/// <summary>Finds users.</summary>
public sealed class UsersClient
{
    private readonly ApiTransport _api;

    internal UsersClient(ApiTransport api) => _api = api;

    /// <summary>
    /// Lists the active users of the other role, found by name. An Admin gets all users, found by name or e-mail address.
    /// </summary>
    /// <param name="search">
    /// 2 to 100 characters of a name; case, accents and character width are ignored. 2 characters match at the beginning of a word, 3 and
    /// more anywhere. Null or white space returns all users.
    /// </param>
    /// <param name="cursor">The previous page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <exception cref="InvalidRequestException"><c>user.invalid_search</c>, <c>page.invalid_cursor</c></exception>
    /// <exception cref="RateLimitedException"><c>rate_limit.concurrency</c>: other searches of the user are running.</exception>
    /// <exception cref="ServerUnavailableException"><c>user.search_too_slow</c>, <c>server.busy</c>: retry.</exception>
    public async Task<Page<FoundUser>> FindAsync(
        string? search = null, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("users")
            .Add("search", string.IsNullOrWhiteSpace(search) ? null : search)
            .Add("cursor", cursor)
            .Add("limit", limit);
        var found = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeFoundUser, cancellationToken).ConfigureAwait(false);

        return new Page<FoundUser>(found.Data, found.Page.NextCursor);
    }
}
