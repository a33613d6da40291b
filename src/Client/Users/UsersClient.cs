namespace CleanMessaging.Client;

/// <summary>Whom one can talk to.</summary>
public sealed class UsersClient
{
    private readonly ApiTransport _api;

    internal UsersClient(ApiTransport api) => _api = api;

    /// <summary>The users of the other role, by name; for an Admin everybody, by name or e-mail.</summary>
    /// <param name="search">Part of a name, at most 100 characters, in any case; all when null.</param>
    /// <param name="cursor">The last page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">How many a page has at most, 1 to 100.</param>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<FoundUser>> FindAsync(
        string? search = null, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("users").Add("search", search).Add("cursor", cursor).Add("limit", limit);
        var found = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeFoundUser, cancellationToken).ConfigureAwait(false);

        return new Page<FoundUser>(found.Data, found.Page.NextCursor);
    }
}
