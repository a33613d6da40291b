namespace CleanMessaging.Client;

/// <summary>
/// Who is signed in, and a token that holds: exchanged in time, by one call at a time, and among all clients that share the store.
/// </summary>
internal sealed class Access(ApiTransport api, ICredentialStore store, ServerClock clock)
{
    /// <summary>A token that has less than this left, or than a quarter of its time, is exchanged before it is used.</summary>
    private static readonly TimeSpan _marginMax = TimeSpan.FromSeconds(30);

    private volatile Credentials? _credentials;
    private TimeSpan _margin = _marginMax;

    /// <summary>Raised when the session has ended without a log-out of this client: by the server, or by another client of the store.</summary>
    public event Action? Ended;

    public User? User => _credentials?.User;

    /// <summary>How long the token can be used yet, before it is exchanged; zero when it is time.</summary>
    public TimeSpan RenewIn
    {
        get
        {
            var left = (_credentials?.ExpiresAt ?? DateTimeOffset.MinValue) - clock.Now;

            return left > _margin ? left - _margin : TimeSpan.Zero;
        }
    }

    public async Task<User?> RestoreAsync(CancellationToken cancellationToken)
    {
        _credentials = await store.LoadAsync(cancellationToken).ConfigureAwait(false);

        return User;
    }

    public async Task SignInAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        await store.SaveAsync(credentials, cancellationToken).ConfigureAwait(false);
        Hold(credentials);
    }

    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        _credentials = null;
        await store.SaveAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An access token that holds for a while yet.</summary>
    /// <exception cref="SignedOutException">Nobody is signed in, or the session has ended.</exception>
    public async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        var current = _credentials ?? throw new SignedOutException();

        return RenewIn > TimeSpan.Zero ? current.AccessToken : (await RenewAsync(current, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <summary>A token in place of one that was refused.</summary>
    /// <exception cref="SignedOutException">The session has ended.</exception>
    public async Task<string> InsteadOfAsync(string refused, CancellationToken cancellationToken)
    {
        var current = _credentials ?? throw new SignedOutException();

        return current.AccessToken != refused ? current.AccessToken : (await RenewAsync(current, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <exception cref="SignedOutException">The session has ended.</exception>
    public Task RefreshAsync(CancellationToken cancellationToken) => RenewAsync(_credentials ?? throw new SignedOutException(), cancellationToken);

    private async Task<Credentials> RenewAsync(Credentials used, CancellationToken cancellationToken)
    {
        await using var held = (await store.LockAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        // Somebody else may have exchanged them while this waited, or logged out.
        var stored = await store.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (stored is null || stored.User.Id != used.User.Id)
            throw End(new SignedOutException());

        if (stored.RefreshToken != used.RefreshToken)
            return _credentials = stored;

        try
        {
            // Not given up half-way: an exchange whose answer is lost ends the session.
            var renewed = await api.PostAnonymouslyAsync(
                "auth/refresh",
                new RefreshRequest(used.RefreshToken),
                MessagingJson.Default.RefreshRequest,
                MessagingJson.Default.EnvelopeCredentials,
                CancellationToken.None).ConfigureAwait(false);
            await store.SaveAsync(renewed.Data, CancellationToken.None).ConfigureAwait(false);

            return Hold(renewed.Data);
        }
        catch (SignedOutException exception)
        {
            await store.SaveAsync(null, CancellationToken.None).ConfigureAwait(false);
            throw End(exception);
        }
    }

    /// <summary>Goes on with credentials that were just issued.</summary>
    private Credentials Hold(Credentials issued)
    {
        var quarter = (issued.ExpiresAt - clock.Now) / 4;
        _margin = quarter > TimeSpan.Zero && quarter < _marginMax ? quarter : _marginMax;

        return _credentials = issued;
    }

    private SignedOutException End(SignedOutException exception)
    {
        _credentials = null;
        Ended?.Invoke();

        return exception;
    }
}
