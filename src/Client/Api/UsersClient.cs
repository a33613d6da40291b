namespace CleanMessaging.Client;

/// <summary>Finds users, and changes the picture of the signed-in user.</summary>
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

    /// <summary>
    /// Makes a picture the user's avatar, and removes the previous one. Everyone who sees the user's name sees it, and loads it with
    /// <see cref="AttachmentsClient.OpenAsync"/> or <see cref="AttachmentsClient.CreateLinksAsync"/>.
    /// </summary>
    /// <param name="attachmentId">
    /// A completed upload of <see cref="NewUpload.OfAvatar"/>. <see cref="AttachmentsClient.UploadAsync"/> uploads and completes it.
    /// </param>
    /// <returns>The user with the avatar, which is also <see cref="MessagingClient.User"/> from now on.</returns>
    /// <exception cref="NotFoundException"><c>attachment.not_found</c></exception>
    /// <exception cref="MessagingException"><c>attachment.not_ready</c>, <c>attachment.not_avatar</c></exception>
    /// <exception cref="FeatureDisabledException">The server accepts no files.</exception>
    public async Task<User> SetAvatarAsync(Guid attachmentId, CancellationToken cancellationToken = default)
    {
        var set = await _api.PutAsync(
            "users/avatar",
            new SetAvatarRequest(attachmentId),
            MessagingJson.Default.SetAvatarRequest,
            MessagingJson.Default.EnvelopeUser,
            cancellationToken).ConfigureAwait(false);
        await _api.Tokens.UpdateUserAsync(set.Data, CancellationToken.None).ConfigureAwait(false);

        return set.Data;
    }

    /// <summary>Removes the user's avatar. Has no effect if there is none.</summary>
    /// <returns>The user without an avatar, which is also <see cref="MessagingClient.User"/> from now on.</returns>
    /// <exception cref="FeatureDisabledException">The server accepts no files.</exception>
    public async Task<User> RemoveAvatarAsync(CancellationToken cancellationToken = default)
    {
        var removed = await _api.DeleteAsync("users/avatar", MessagingJson.Default.EnvelopeUser, cancellationToken).ConfigureAwait(false);
        await _api.Tokens.UpdateUserAsync(removed.Data, CancellationToken.None).ConfigureAwait(false);

        return removed.Data;
    }
}
