using System.Collections.Concurrent;
using CleanMessaging.Infrastructure.Tokens;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Stores the revoked sessions that have an access token which may not have expired yet. Every request checks it; the check is a lookup in
/// memory.
/// </summary>
public sealed class RevokedSessionCache
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _revokedAt = new();
    private readonly BoundedHubLifetimeManager _connections;

    internal RevokedSessionCache(BoundedHubLifetimeManager connections) => _connections = connections;

    public bool Contains(Guid sessionId) => _revokedAt.ContainsKey(sessionId);

    /// <summary>
    /// Adds a revoked session, whichever way this server has learned of it. From now on the session's access tokens are rejected, and its
    /// connections are closed. Adding a session twice has no effect. Never waits, never throws.
    /// </summary>
    internal void Add(Guid sessionId, DateTimeOffset revokedAt)
    {
        _revokedAt[sessionId] = revokedAt;
        _connections.Abort(HubGroups.Session(sessionId));
    }

    /// <summary>Removes the sessions that were revoked so long ago that all of their access tokens have expired.</summary>
    /// <param name="skew">The largest difference between the clocks of this and the revoking server.</param>
    internal void Forget(DateTimeOffset now, TimeSpan skew)
    {
        foreach (var (sessionId, revokedAt) in _revokedAt)
        {
            if (revokedAt + JwtOptions.AccessTokenLifetimeMax + skew < now)
                _revokedAt.TryRemove(sessionId, out _);
        }
    }
}
