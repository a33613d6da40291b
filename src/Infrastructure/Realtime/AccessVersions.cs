using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Infrastructure.Identity;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// The users whose access changed while an access token that was issued before may still be valid, and their version since. Asking is a look-up in memory,
/// for every request.
/// </summary>
public sealed class AccessVersions
{
    private readonly ConcurrentDictionary<Guid, (int Version, DateTimeOffset ChangedAt)> _versions = new();
    private readonly BoundedHubLifetimeManager _connections;

    internal AccessVersions(BoundedHubLifetimeManager connections) => _connections = connections;

    /// <summary>Whether what a caller was given has ended since: their role is another one now, or they were deactivated in between.</summary>
    public bool IsOutdated(ClaimsPrincipal caller) =>
        caller.FindFirst(TokenClaims.UserId) is { } user
        && Guid.TryParse(user.Value, out var userId)
        && _versions.TryGetValue(userId, out var known)
        && VersionOf(caller) < known.Version;

    /// <summary>
    /// Takes over a user's version. From now on what was given at a lower one is rejected, and connections that were made with it are closed. Returns
    /// whether the version is news. Never waits, never throws.
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

    /// <summary>Drops the users whose access changed so long ago that every access token of before has expired.</summary>
    /// <param name="databaseNow">By the database's clock.</param>
    internal void Forget(DateTimeOffset databaseNow, TimeSpan margin)
    {
        foreach (var (userId, (_, changedAt)) in _versions)
        {
            if (changedAt + JwtOptions.AccessTokenLifetimeMax + margin < databaseNow)
                _versions.TryRemove(userId, out _);
        }
    }

    private static int VersionOf(ClaimsPrincipal caller) =>
        int.TryParse(caller.FindFirst(TokenClaims.AccessVersion)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
