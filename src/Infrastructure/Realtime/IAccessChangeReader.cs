namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Reads which sessions were revoked and whose access changed, over connections that requests cannot use up.</summary>
internal interface IAccessChangeReader
{
    /// <summary>Reads the changes after two instants, of the servers' clocks for sessions and of the database's clock for users.</summary>
    /// <param name="usersChangedAfter">
    /// Null to read the users changed within <paramref name="lifetime"/> before the database's current time.
    /// </param>
    /// <param name="lifetime">How long an access token can be valid, with a margin.</param>
    Task<AccessChanges> ReadAsync(
        DateTimeOffset sessionsRevokedAfter, DateTimeOffset? usersChangedAfter, TimeSpan lifetime, CancellationToken cancellationToken);
}

/// <param name="At">The current time by the database's clock.</param>
internal sealed record AccessChanges(DateTimeOffset At, IReadOnlyList<RevokedSession> Sessions, IReadOnlyList<ChangedAccess> Users);

internal sealed record RevokedSession(Guid SessionId, DateTimeOffset At);

/// <param name="Version">The user's access version; tokens with a lower one are outdated.</param>
internal sealed record ChangedAccess(Guid UserId, int Version, DateTimeOffset At);
