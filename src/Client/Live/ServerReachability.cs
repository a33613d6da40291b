namespace CleanMessaging.Client;

/// <summary>
/// Knows whether requests can reach a server. An attempt to connect changes nothing until its outcome is known, so that the answer stays
/// the same during an outage.
/// </summary>
/// <param name="hasNetwork">
/// Returns whether the device has a network, as far as it knows. A session that has connected without one does not need it.
/// </param>
internal sealed class ServerReachability(Func<bool> hasNetwork, TimeProvider clock)
{
    /// <summary>How long a connected session waits for its connection to fail after the device has lost its network.</summary>
    private static readonly TimeSpan _lossLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private bool _hadNetwork;
    private long? _lostAt;
    private volatile Outcome _latest = Outcome.Unknown;

    private enum Outcome
    {
        /// <summary>No attempt was made yet, or a connection has ended and no attempt has failed since.</summary>
        Unknown,
        Connected,
        Draining,
        Failed,
    }

    /// <summary>
    /// Whether the session is not connected, and either an attempt to connect has failed or the device has no network; also in the first 30
    /// seconds after the device has lost its network, in which the connection may not have noticed it.
    /// </summary>
    public bool IsUnreachable => _latest switch
    {
        Outcome.Connected => HasJustLostNetwork(),
        Outcome.Draining => false,
        Outcome.Failed => true,
        _ => !hasNetwork(),
    };

    /// <summary>
    /// The session begins to connect. A connection that was opened before the device lost its network can still become connected.
    /// </summary>
    public void OnConnecting()
    {
        lock (_gate)
            _hadNetwork = hasNetwork();
    }

    /// <summary>The session is connected, or polls.</summary>
    public void OnConnected()
    {
        lock (_gate)
            (_hadNetwork, _lostAt, _latest) = (_hadNetwork || hasNetwork(), null, Outcome.Connected);
    }

    /// <summary>The server has asked the session to reconnect later. Other servers accept requests in the meantime.</summary>
    public void OnDraining() => _latest = Outcome.Draining;

    /// <summary>The session is offline.</summary>
    /// <param name="hasFailed">Whether it could not connect; false if a connection was opened, and has ended.</param>
    public void OnOffline(bool hasFailed) => _latest = hasFailed ? Outcome.Failed : Outcome.Unknown;

    private bool HasJustLostNetwork()
    {
        var hasNetworkNow = hasNetwork();
        lock (_gate)
        {
            _hadNetwork |= hasNetworkNow;
            if (hasNetworkNow || !_hadNetwork)
            {
                _lostAt = null;

                return false;
            }

            _lostAt ??= clock.GetTimestamp();

            return clock.GetElapsedTime(_lostAt.Value) < _lossLimit;
        }
    }
}
