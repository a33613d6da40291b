namespace CleanMessaging.Client;

/// <summary>
/// Knows whether requests can reach a server. An attempt to connect changes nothing until its outcome is known, so that the answer stays
/// the same during an outage.
/// </summary>
/// <param name="hasNetwork">
/// Returns whether the device has a network, as far as it knows. It does not count while the session is connected.
/// </param>
internal sealed class ServerReachability(Func<bool> hasNetwork)
{
    private volatile Outcome _latest = Outcome.Unknown;

    private enum Outcome
    {
        /// <summary>No attempt was made yet, or a connection has ended and no attempt has failed since.</summary>
        Unknown,
        Reachable,
        Failed,
    }

    /// <summary>Whether the session is not connected, and either an attempt to connect has failed or the device has no network.</summary>
    public bool IsUnreachable => _latest switch
    {
        Outcome.Reachable => false,
        Outcome.Failed => true,
        _ => !hasNetwork(),
    };

    /// <summary>The session is connected, or polls.</summary>
    public void OnConnected() => _latest = Outcome.Reachable;

    /// <summary>The server has asked the session to reconnect later. Other servers accept requests in the meantime.</summary>
    public void OnDraining() => _latest = Outcome.Reachable;

    /// <summary>The session is offline.</summary>
    /// <param name="hasFailed">Whether it could not connect; false if a connection was opened, and has ended.</param>
    public void OnOffline(bool hasFailed) => _latest = hasFailed ? Outcome.Failed : Outcome.Unknown;
}
