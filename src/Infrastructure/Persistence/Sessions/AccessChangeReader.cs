using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sessions;

/// <summary>Reads access changes in one round trip over a reserved connection.</summary>
internal sealed class AccessChangeReader([FromKeyedServices(DatabaseConnections.Reserved)] NpgsqlDataSource database) : IAccessChangeReader
{
    private const string ChangedUsers = "SELECT id, access_version, access_changed_at FROM users WHERE access_changed_at";

    public async Task<AccessChanges> ReadAsync(
        DateTimeOffset sessionsRevokedAfter, DateTimeOffset? usersChangedAfter, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(CommandOf("SELECT now()"));
        batch.BatchCommands.Add(CommandOf("SELECT id, revoked_at FROM sessions WHERE revoked_at > $1", sessionsRevokedAfter));
        batch.BatchCommands.Add(usersChangedAfter is { } after
            ? CommandOf($"{ChangedUsers} > $1", after)
            : CommandOf($"{ChangedUsers} > now() - $1", lifetime));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        await reader.ReadAsync(cancellationToken);
        var now = reader.GetFieldValue<DateTimeOffset>(0);
        await reader.NextResultAsync(cancellationToken);
        var sessions = new List<RevokedSession>();
        while (await reader.ReadAsync(cancellationToken))
            sessions.Add(new RevokedSession(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1)));

        await reader.NextResultAsync(cancellationToken);
        var users = new List<ChangedAccess>();
        while (await reader.ReadAsync(cancellationToken))
            users.Add(new ChangedAccess(reader.GetGuid(0), reader.GetInt32(1), reader.GetFieldValue<DateTimeOffset>(2)));

        return new AccessChanges(now, sessions, users);
    }

    private static NpgsqlBatchCommand CommandOf(string sql, object? parameter = null)
    {
        var command = new NpgsqlBatchCommand(sql);
        if (parameter is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });

        return command;
    }
}
