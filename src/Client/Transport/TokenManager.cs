namespace CleanMessaging.Client;

/// <summary>
/// Manages the signed-in user and their access token. Exchanges the token before it expires, with one exchange at a time among all clients
/// that share the store.
/// </summary>
internal sealed class TokenManager(ApiTransport api, ICredentialStore store, ServerClock clock)
{
    /// <summary>A token with less remaining lifetime than this, or than a quarter of its lifetime, is exchanged before use.</summary>
    private static readonly TimeSpan _marginMax = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private volatile HeldToken? _held;
    private Task<Credentials>? _exchange;

    /// <summary>
    /// Raised when the sign-in has ended without a log-out by this client: the server or another client of the store ended it.
    /// </summary>
    public event Action? Ended;

    public User? User => _held?.Credentials.User;

    /// <summary>
    /// The time until the token has to be exchanged; zero when it is due, infinite when the local clock cannot determine it.
    /// </summary>
    public TimeSpan RenewIn => _held is { } held ? LeftOf(held) : TimeSpan.Zero;

    public async Task<User?> RestoreAsync(CancellationToken cancellationToken)
    {
        _held = await store.LoadAsync(cancellationToken).ConfigureAwait(false) is { } stored ? Hold(stored, isNew: false) : null;

        return User;
    }

    public async Task SignInAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        await using var locked = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await store.SaveAsync(credentials, cancellationToken).ConfigureAwait(false);
        _held = Hold(credentials, isNew: true);
    }

    /// <summary>Stores what the server returned of the signed-in user. Has no effect if another user is signed in.</summary>
    public async Task UpdateUserAsync(User user, CancellationToken cancellationToken)
    {
        await using var locked = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        var stored = await store.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (stored?.User.Id != user.Id || _held is not { } held || held.Credentials.User.Id != user.Id)
            return;

        await store.SaveAsync(stored with { User = user }, cancellationToken).ConfigureAwait(false);
        _held = held with { Credentials = held.Credentials with { User = user } };
    }

    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        _held = null;
        await using var locked = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        // Cleared again, because an exchange may have completed while this waited for the lock.
        _held = null;
        await store.SaveAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a request that revokes all sign-ins of the user and returns new credentials, and continues with those. Holds the store's lock,
    /// so that no client exchanges the revoked token in the meantime, which would end the sign-in.
    /// </summary>
    /// <param name="send">Sends the request with a token.</param>
    /// <exception cref="SignedOutException">No user is signed in, or the sign-in has ended.</exception>
    public async Task ReplaceAsync(Func<string, Task<Envelope<Credentials>>> send, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(userId: null, cancellationToken).ConfigureAwait(false);
        try
        {
            await ReplaceLockedAsync(send, token, cancellationToken).ConfigureAwait(false);
        }
        catch (SignedOutException)
        {
            token = await ReplaceRejectedTokenAsync(token, userId: null, cancellationToken).ConfigureAwait(false);
            await ReplaceLockedAsync(send, token, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns an access token that does not expire soon.</summary>
    /// <param name="userId">The user the token must belong to; null for any user.</param>
    /// <exception cref="SignedOutException">No user or another user is signed in, or the sign-in has ended.</exception>
    public async ValueTask<string> TokenAsync(Guid? userId, CancellationToken cancellationToken)
    {
        var held = Of(userId);

        return LeftOf(held) != TimeSpan.Zero
            ? held.Credentials.AccessToken
            : (await ExchangeAsync(held.Credentials, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <summary>Returns a token that replaces a rejected one.</summary>
    /// <exception cref="SignedOutException">The sign-in has ended, or another user is signed in.</exception>
    public async Task<string> ReplaceRejectedTokenAsync(string rejected, Guid? userId, CancellationToken cancellationToken)
    {
        var held = Of(userId).Credentials;

        return held.AccessToken != rejected
            ? held.AccessToken
            : (await ExchangeAsync(held, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <exception cref="SignedOutException">The sign-in has ended.</exception>
    public Task RefreshAsync(CancellationToken cancellationToken) => ExchangeAsync(Of(userId: null).Credentials, cancellationToken);

    private async Task ReplaceLockedAsync(Func<string, Task<Envelope<Credentials>>> send, string token, CancellationToken cancellationToken)
    {
        await using var locked = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        var issued = (await send(token).ConfigureAwait(false)).Data;
        await store.SaveAsync(issued, CancellationToken.None).ConfigureAwait(false);
        _held = Hold(issued, isNew: true);
    }

    private HeldToken Of(Guid? userId) =>
        _held is { } held && (userId is not { } wanted || held.Credentials.User.Id == wanted) ? held : throw new SignedOutException();

    /// <summary>Replaces the given credentials: joins the exchange in progress, or starts one.</summary>
    private async Task<Credentials> ExchangeAsync(Credentials used, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Credentials> exchange;
            lock (_gate)
                exchange = _exchange ??= Task.Run(() => ExchangeOnceAsync(used), CancellationToken.None);

            // A caller can cancel its wait. The exchange itself continues, because the server accepts the same token again for a short time
            // only.
            var others = await exchange.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (others.RefreshToken != used.RefreshToken)
                return others;
        }
    }

    private async Task<Credentials> ExchangeOnceAsync(Credentials used)
    {
        try
        {
            return await ExchangeLockedAsync(used).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _exchange = null;
        }
    }

    private async Task<Credentials> ExchangeLockedAsync(Credentials used)
    {
        await using var locked = (await store.LockAsync(CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);

        // Another client may have exchanged the credentials, or logged out, while this one waited for the lock.
        var stored = await store.LoadAsync(CancellationToken.None).ConfigureAwait(false);
        if (stored is null || stored.User.Id != used.User.Id)
        {
            End(used);
            throw new SignedOutException();
        }

        if (stored.RefreshToken != used.RefreshToken && Hold(stored, isNew: false) is var others && LeftOf(others) != TimeSpan.Zero)
            return (_held = others).Credentials;

        try
        {
            var exchanged = await PostExchangeAsync(stored.RefreshToken).ConfigureAwait(false);
            await store.SaveAsync(exchanged.Data, CancellationToken.None).ConfigureAwait(false);

            return (_held = Hold(exchanged.Data, isNew: true)).Credentials;
        }
        catch (SignedOutException)
        {
            await store.SaveAsync(null, CancellationToken.None).ConfigureAwait(false);
            End(used);
            throw;
        }
    }

    /// <summary>
    /// Posts the exchange, and repeats it once when the response is lost: the server accepts a token again that it has just exchanged. If
    /// that fails too, the token is kept and the next call retries. The sign-in ends only when the server responds that the token is
    /// invalid.
    /// </summary>
    private async Task<Envelope<Credentials>> PostExchangeAsync(string refreshToken)
    {
        try
        {
            return await PostAsync().ConfigureAwait(false);
        }
        catch (ServerUnavailableException unavailable) when (unavailable.IsOutcomeUnknown)
        {
            return await PostAsync().ConfigureAwait(false);
        }

        Task<Envelope<Credentials>> PostAsync() => api.PostAnonymouslyAsync(
            "auth/refresh",
            new RefreshRequest(refreshToken),
            MessagingJson.Default.RefreshRequest,
            MessagingJson.Default.EnvelopeCredentials,
            CancellationToken.None);
    }

    /// <summary>Signs out the user of the given credentials. Does nothing when another user has signed in since.</summary>
    private void End(Credentials used)
    {
        if (User?.Id != used.User.Id)
            return;

        _held = null;

        // Raised outside the store's lock: a listener that logs in again needs the lock.
        _ = Task.Run(() => Ended?.Invoke());
    }

    private HeldToken Hold(Credentials credentials, bool isNew)
    {
        var left = credentials.ExpiresAt - clock.Now;
        var quarter = left / 4;

        return new HeldToken(
            credentials,
            Margin: quarter < TimeSpan.Zero ? TimeSpan.Zero : quarter < _marginMax ? quarter : _marginMax,
            IsBeyondClock: isNew && left <= TimeSpan.Zero);
    }

    private TimeSpan LeftOf(HeldToken held)
    {
        var left = held.Credentials.ExpiresAt - clock.Now;
        if (left > held.Margin)
            return left - held.Margin;

        return held.IsBeyondClock ? Timeout.InfiniteTimeSpan : TimeSpan.Zero;
    }

    /// <param name="Margin">The minimum remaining lifetime for use.</param>
    /// <param name="IsBeyondClock">
    /// Whether the new token is already expired by the local clock, so that the clock is wrong by more than the token's lifetime. Such a
    /// token is used until the server rejects it, to avoid endless exchanges.
    /// </param>
    private sealed record HeldToken(Credentials Credentials, TimeSpan Margin, bool IsBeyondClock);
}
