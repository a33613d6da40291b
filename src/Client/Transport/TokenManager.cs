namespace CleanMessaging.Client;

/// <summary>
/// Who is signed in, and a token that holds: exchanged in time, by one call at a time, and among all clients that share the store.
/// </summary>
internal sealed class TokenManager(ApiTransport api, ICredentialStore store, ServerClock clock)
{
    /// <summary>A token that has less than this left, or than a quarter of its time, is exchanged before it is used.</summary>
    private static readonly TimeSpan _marginMax = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private volatile HeldToken? _held;
    private Task<Credentials>? _exchange;

    /// <summary>Raised when the session has ended without a log-out of this client: by the server, or by another client of the store.</summary>
    public event Action? Ended;

    public User? User => _held?.Credentials.User;

    /// <summary>How long the token can be used yet, before it is exchanged; zero when it is time, infinite when only the server can tell.</summary>
    public TimeSpan RenewIn => _held is { } held ? LeftOf(held) : TimeSpan.Zero;

    public async Task<User?> RestoreAsync(CancellationToken cancellationToken)
    {
        _held = await store.LoadAsync(cancellationToken).ConfigureAwait(false) is { } stored ? Hold(stored, isNew: false) : null;

        return User;
    }

    public async Task SignInAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        await using var alone = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await store.SaveAsync(credentials, cancellationToken).ConfigureAwait(false);
        _held = Hold(credentials, isNew: true);
    }

    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        _held = null;
        await using var alone = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        // Once more, should an exchange have ended meanwhile.
        _held = null;
        await store.SaveAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Goes on with the credentials that an answer brings, to a request that ends all others of the user. Nobody exchanges meanwhile: with
    /// those that have just ended, that would be the end of the sign-in.
    /// </summary>
    /// <param name="ask">Asks with a token.</param>
    /// <exception cref="SignedOutException">Nobody is signed in, or the session has ended.</exception>
    public async Task ReplaceAsync(Func<string, Task<Envelope<Credentials>>> ask, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(userId: null, cancellationToken).ConfigureAwait(false);
        try
        {
            await ReplaceLockedAsync(ask, token, cancellationToken).ConfigureAwait(false);
        }
        catch (SignedOutException)
        {
            token = await InsteadOfAsync(token, userId: null, cancellationToken).ConfigureAwait(false);
            await ReplaceLockedAsync(ask, token, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>An access token that holds for a while yet.</summary>
    /// <param name="userId">Whose it has to be; anybody's when null.</param>
    /// <exception cref="SignedOutException">Nobody is signed in, or somebody else, or the session has ended.</exception>
    public async ValueTask<string> TokenAsync(Guid? userId, CancellationToken cancellationToken)
    {
        var held = Of(userId);

        return LeftOf(held) != TimeSpan.Zero
            ? held.Credentials.AccessToken
            : (await ExchangeAsync(held.Credentials, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <summary>A token in place of one that was rejected.</summary>
    /// <exception cref="SignedOutException">The session has ended, or somebody else is signed in.</exception>
    public async Task<string> InsteadOfAsync(string rejected, Guid? userId, CancellationToken cancellationToken)
    {
        var held = Of(userId).Credentials;

        return held.AccessToken != rejected ? held.AccessToken : (await ExchangeAsync(held, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <exception cref="SignedOutException">The session has ended.</exception>
    public Task RefreshAsync(CancellationToken cancellationToken) => ExchangeAsync(Of(userId: null).Credentials, cancellationToken);

    private async Task ReplaceLockedAsync(Func<string, Task<Envelope<Credentials>>> ask, string token, CancellationToken cancellationToken)
    {
        await using var alone = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        var issued = (await ask(token).ConfigureAwait(false)).Data;
        await store.SaveAsync(issued, CancellationToken.None).ConfigureAwait(false);
        _held = Hold(issued, isNew: true);
    }

    private HeldToken Of(Guid? userId) =>
        _held is { } held && (userId is not { } wanted || held.Credentials.User.Id == wanted) ? held : throw new SignedOutException();

    /// <summary>Others than those used: those of the one exchange that is under way, or of a new one.</summary>
    private async Task<Credentials> ExchangeAsync(Credentials used, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Credentials> exchange;
            lock (_gate)
                exchange = _exchange ??= Task.Run(() => ExchangeAloneAsync(used), CancellationToken.None);

            // A waiting caller can give up. The exchange itself goes on: the server accepts the same token again for a short time only.
            var others = await exchange.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (others.RefreshToken != used.RefreshToken)
                return others;
        }
    }

    private async Task<Credentials> ExchangeAloneAsync(Credentials used)
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
        await using var alone = (await store.LockAsync(CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);

        // Somebody else may have exchanged them while this waited, or logged out.
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
    /// Posts the exchange, and once more when its answer was lost: the server answers a token again that it has just exchanged. When that fails too, the
    /// token is kept and the next call tries again. Only an answer that the token does not hold ends the sign-in.
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

    /// <summary>Signs out who used these credentials, unless somebody else has signed in meanwhile.</summary>
    private void End(Credentials used)
    {
        if (User?.Id != used.User.Id)
            return;

        _held = null;

        // Outside of the store's lock, which a listener that logs in again has to take.
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

    /// <param name="Margin">What it has to have left to be used.</param>
    /// <param name="IsBeyondClock">
    /// It was over by the clock when it was new, so the clock is wrong by more than it lives, and nothing has told yet: it is used until it
    /// is rejected, instead of being exchanged over and over.
    /// </param>
    private sealed record HeldToken(Credentials Credentials, TimeSpan Margin, bool IsBeyondClock);
}
