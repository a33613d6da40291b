using System.Collections.Concurrent;
using CleanMessaging.Infrastructure.Identity;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// The sessions that have ended while an access token of theirs may still be good. Asking is a look-up in memory, for every request.
/// </summary>
public sealed class RevokedSessionCache
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _endedAt = new();
    private readonly BoundedHubLifetimeManager _connections;

    internal RevokedSessionCache(BoundedHubLifetimeManager connections) => _connections = connections;

    public bool Contains(Guid sessionId) => _endedAt.ContainsKey(sessionId);

    /// <summary>
    /// The one way in, however the end became known here: from now on the session's access tokens are rejected, and its connections
    /// are cut. Adding one again does no harm. Never waits, never throws.
    /// </summary>
    internal void Add(Guid sessionId, DateTimeOffset endedAt)
    {
        _endedAt[sessionId] = endedAt;
        _connections.Abort(HubGroups.Session(sessionId));
    }

    /// <summary>Drops the sessions that ended so long ago that every access token of theirs has expired.</summary>
    /// <param name="skew">How far the clock of the server that ended one may differ from ours.</param>
    internal void Forget(DateTimeOffset now, TimeSpan skew)
    {
        foreach (var (sessionId, endedAt) in _endedAt)
        {
            if (endedAt + JwtOptions.AccessTokenLifetimeMax + skew < now)
                _endedAt.TryRemove(sessionId, out _);
        }
    }
}
