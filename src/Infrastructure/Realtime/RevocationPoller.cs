using CleanMessaging.Infrastructure.Tokens;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Polls the database every second for revoked sessions and for users whose access changed: their role changed, or they were deactivated or
/// reactivated. Before the server accepts a request, it has read all changes of the time in which an access token can still be valid. While
/// the database is unreachable, it detects no changes; the next successful poll includes them.
/// </summary>
internal sealed partial class RevocationPoller(
    IAccessChangeReader reader,
    RevokedSessionCache revokedSessions,
    AccessVersions accessVersions,
    RealtimeNotifier notifier,
    TimeProvider clock,
    ILogger<RevocationPoller> logger) : BackgroundService
{
    /// <summary>
    /// How far each poll reads back beyond the previous one. It is longer than the sum of three times: the longest delay between setting
    /// the timestamp and the commit, the longest connection handshake, and the largest difference between the servers' clocks.
    /// </summary>
    private static readonly TimeSpan _overlap = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>The maximum number of users changed within a second for which separate updates are sent.</summary>
    private const int AnnouncedMax = 200;

    /// <summary>
    /// Revocations of sessions have timestamps of the servers' clocks; changes of users have timestamps of the database's clock.
    /// </summary>
    private DateTimeOffset _knownUntil;
    private DateTimeOffset? _databaseKnownUntil;
    private bool _failing;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _knownUntil = clock.GetUtcNow() - JwtOptions.AccessTokenLifetimeMax;
        while (!await TryPollAsync(cancellationToken))
            await Task.Delay(_interval, cancellationToken);

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryPollAsync(stoppingToken);
    }

    private async Task<bool> TryPollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PollAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (!_failing)
                Log.Failing(logger, exception.GetBaseException().Message);

            _failing = true;
            return false;
        }

        if (_failing)
            Log.Recovered(logger);

        _failing = false;
        return true;
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var changes = await reader.ReadAsync(
            _knownUntil - _overlap, _databaseKnownUntil - _overlap, JwtOptions.AccessTokenLifetimeMax + _overlap, cancellationToken);
        foreach (var session in changes.Sessions)
            revokedSessions.Add(session.SessionId, session.At);

        Announce([.. changes.Users.Where(user => accessVersions.Advance(user.UserId, user.Version, user.At)).Select(user => user.UserId)]);
        revokedSessions.Forget(now, _overlap);
        accessVersions.Forget(changes.At, _overlap);
        _knownUntil = now;
        _databaseKnownUntil = changes.At;
    }

    /// <summary>
    /// Notifies the other participants of changed users: with separate updates for a few users, with one request to synchronize for many.
    /// </summary>
    private void Announce(List<Guid> changed)
    {
        if (changed.Count > AnnouncedMax)
        {
            Log.ManyChanged(logger, changed.Count);
            notifier.SyncNeeded();
            return;
        }

        foreach (var userId in changed)
        {
            Log.Changed(logger, userId);
            notifier.UserChanged(userId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Polling for revoked sessions and changed users failed; retrying every second: {Failure}")]
        public static partial void Failing(ILogger logger, string failure);

        [LoggerMessage(2, LogLevel.Information, "Polling for revoked sessions and changed users works again; changes during the outage have been applied")]
        public static partial void Recovered(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "The access of user {UserId} has changed; rejecting earlier access tokens")]
        public static partial void Changed(ILogger logger, Guid userId);

        [LoggerMessage(4, LogLevel.Information, "The access of {Count} users has changed at once; rejecting earlier access tokens, and clients will resync")]
        public static partial void ManyChanged(ILogger logger, int count);
    }
}
