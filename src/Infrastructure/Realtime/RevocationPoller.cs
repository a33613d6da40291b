using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Learns from the database, every second, whose access ended or changed: sessions that were ended on another server, and users whose role was
/// changed or who were deactivated or reactivated, wherever that happened. Before the server accepts a request it knows everything of the time in which an
/// access token could still be valid. While the database is away nothing is learned, and nothing new ends; the first answer afterwards makes up for it.
/// </summary>
internal sealed partial class RevocationPoller(
    [FromKeyedServices(PersistenceRegistration.Reserved)] NpgsqlDataSource database,
    RevokedSessionCache endedSessions,
    AccessVersions accessVersions,
    RealtimeNotifier notifier,
    TimeProvider clock,
    ILogger<RevocationPoller> logger) : BackgroundService
{
    private const string ChangedUsers = "SELECT id, access_version, access_changed_at FROM users WHERE access_changed_at";

    /// <summary>
    /// How far back each look goes beyond the last one: longer than a transaction may take to commit after it has set the time, the
    /// time that a connection has to finish its handshake, and the servers' clocks may differ, together.
    /// </summary>
    private static readonly TimeSpan _overlap = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>How many users that changed within a second are announced one by one.</summary>
    private const int AnnouncedMax = 200;

    /// <summary>Ends of sessions are timed by the servers' clocks, changes of users by the database's.</summary>
    private DateTimeOffset _knownUntil;
    private DateTimeOffset? _databaseKnownUntil;
    private bool _failing;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _knownUntil = clock.GetUtcNow() - JwtOptions.AccessTokenLifetimeMax;
        while (!await TryLookAsync(cancellationToken))
            await Task.Delay(_interval, cancellationToken);

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryLookAsync(stoppingToken);
    }

    private async Task<bool> TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
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

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(CommandOf("SELECT now()"));
        batch.BatchCommands.Add(CommandOf("SELECT id, revoked_at FROM sessions WHERE revoked_at > $1", _knownUntil - _overlap));
        batch.BatchCommands.Add(_databaseKnownUntil is { } known
            ? CommandOf($"{ChangedUsers} > $1", known - _overlap)
            : CommandOf($"{ChangedUsers} > now() - $1", JwtOptions.AccessTokenLifetimeMax + _overlap));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        await reader.ReadAsync(cancellationToken);
        var databaseNow = reader.GetFieldValue<DateTimeOffset>(0);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            endedSessions.Add(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1));

        await reader.NextResultAsync(cancellationToken);
        var changed = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (accessVersions.Advance(reader.GetGuid(0), reader.GetInt32(1), reader.GetFieldValue<DateTimeOffset>(2)))
                changed.Add(reader.GetGuid(0));
        }

        Announce(changed);
        endedSessions.Forget(now, _overlap);
        accessVersions.Forget(databaseNow, _overlap);
        _knownUntil = now;
        _databaseKnownUntil = databaseNow;
    }

    /// <summary>Has the other participants learn of changed users: of a few one by one, of many by asking for everything once.</summary>
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

    private static NpgsqlBatchCommand CommandOf(string sql, object? parameter = null)
    {
        var command = new NpgsqlBatchCommand(sql);
        if (parameter is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });

        return command;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Whose access has ended elsewhere cannot be read, and is tried every second: {Failure}")]
        public static partial void Failing(ILogger logger, string failure);

        [LoggerMessage(2, LogLevel.Information, "Whose access has ended elsewhere can be read again")]
        public static partial void Recovered(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "The access of user {UserId} has changed; rejecting tokens from before")]
        public static partial void Changed(ILogger logger, Guid userId);

        [LoggerMessage(4, LogLevel.Information, "The access of {Count} users has changed at once; rejecting tokens from before, and clients will resync")]
        public static partial void ManyChanged(ILogger logger, int count);
    }
}
