using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Infrastructure.Tokens;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Stores the users whose access changed while an access token that was issued before may still be valid, and their access versions since.
/// Every request checks it; the check is a lookup in memory.
/// </summary>
public sealed class AccessVersions
{
    private readonly ConcurrentDictionary<Guid, (int Version, DateTimeOffset ChangedAt)> _versions = new();
    private readonly BoundedHubLifetimeManager _connections;

    internal AccessVersions(BoundedHubLifetimeManager connections) => _connections = connections;

    /// <summary>
    /// Returns whether a caller's token is outdated: the user's role has changed, or the user was deactivated, since it was issued.
    /// </summary>
    public bool IsOutdated(ClaimsPrincipal caller) =>
        caller.FindFirst(TokenClaims.UserId) is { } user
        && Guid.TryParse(user.Value, out var userId)
        && _versions.TryGetValue(userId, out var known)
        && VersionOf(caller) < known.Version;

    /// <summary>
    /// Records a user's version. From now on tokens with a lower version are rejected, and connections that were opened with them are
    /// closed. Returns whether the version is new. Never waits, never throws.
    /// </summary>
    /// <param name="changedAt">By the database's clock.</param>
    internal bool Advance(Guid userId, int version, DateTimeOffset changedAt)
    {
        if (_versions.TryGetValue(userId, out var known) && known.Version >= version)
            return false;

        _versions[userId] = (version, changedAt);
        _connections.Abort(HubGroups.User(userId), IsOutdated);

        return true;
    }

    /// <summary>Removes the users whose access changed so long ago that every earlier access token has expired.</summary>
    /// <param name="databaseNow">By the database's clock.</param>
    internal void Forget(DateTimeOffset databaseNow, TimeSpan margin)
    {
        foreach (var (userId, (_, changedAt)) in _versions)
        {
            if (changedAt + JwtOptions.AccessTokenLifetimeMax + margin < databaseNow)
                _versions.TryRemove(userId, out _);
        }
    }

    /// <summary>Returns the access version of a token; 0 for a token without one.</summary>
    public static int VersionOf(ClaimsPrincipal caller) =>
        int.TryParse(caller.FindFirst(TokenClaims.AccessVersion)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;
}
