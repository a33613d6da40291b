using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Learns from the database, every second, whose access was ended on another server. Before the server accepts a request it knows
/// every session that ended while an access token could still be good. While the database is away nothing is learned, and
/// nothing new ends; the first answer afterwards makes up for it.
/// </summary>
internal sealed partial class AccessWatch(
    [FromKeyedServices(PersistenceRegistration.Reserved)] NpgsqlDataSource database,
    EndedSessions endedSessions,
    BoundedHubLifetimeManager connections,
    TimeProvider clock,
    ILogger<AccessWatch> logger) : BackgroundService
{
    /// <summary>
    /// How far back each look goes beyond the last one: longer than a transaction may take to commit after it has set the time, the
    /// time that a connection has to finish its handshake, and the servers' clocks may differ, together.
    /// </summary>
    private static readonly TimeSpan _overlap = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private DateTimeOffset _knownUntil;
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
        var since = _knownUntil - _overlap;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Since("SELECT id, revoked_at FROM sessions WHERE revoked_at > $1", since));
        batch.BatchCommands.Add(Since("SELECT id FROM users WHERE deactivated_at > $1", since));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
            endedSessions.Add(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1));

        // A connection with a token of an external issuer belongs to no session of ours.
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            connections.Abort(HubGroups.User(reader.GetGuid(0)));

        endedSessions.Forget(now, _overlap);
        _knownUntil = now;
    }

    private static NpgsqlBatchCommand Since(string sql, DateTimeOffset since) =>
        new(sql) { Parameters = { new NpgsqlParameter { Value = since } } };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Whose access has ended elsewhere cannot be read, and is tried every second: {Failure}")]
        public static partial void Failing(ILogger logger, string failure);

        [LoggerMessage(2, LogLevel.Information, "Whose access has ended elsewhere can be read again")]
        public static partial void Recovered(ILogger logger);
    }
}
