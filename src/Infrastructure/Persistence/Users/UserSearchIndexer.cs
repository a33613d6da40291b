using CleanMessaging.Domain.Users;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Users;

/// <summary>
/// Writes the search texts of users that have none: users of an older version, and users whose name or address was changed in the database
/// directly. New users get their search texts when they are stored. Until a user has one, lists contain the user, but searches do not find
/// them.
/// </summary>
internal sealed partial class UserSearchIndexer(
    NpgsqlDataSource database, TimeProvider clock, ILogger<UserSearchIndexer> logger) : BackgroundService
{
    /// <summary>How many users one statement updates.</summary>
    private const int Step = 200;

    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, clock);
        do
        {
            try
            {
                await IndexAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, exception.GetBaseException().Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task IndexAsync(CancellationToken cancellationToken)
    {
        var indexed = 0;
        while (await ReadStepAsync(cancellationToken) is { Count: > 0 } users)
        {
            var written = await WriteAsync(users, cancellationToken);
            indexed += written;

            // Another server has written them, or another transaction is changing them.
            if (written == 0)
                break;
        }

        if (indexed > 0)
            Log.Indexed(logger, indexed);
    }

    private async Task<IReadOnlyList<(Guid Id, string DisplayName, string Email)>> ReadStepAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT id, display_name, email FROM users WHERE search_name IS NULL ORDER BY id LIMIT $1");
        command.Parameters.Add(new NpgsqlParameter { Value = Step });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var users = new List<(Guid, string, string)>();
        while (await reader.ReadAsync(cancellationToken))
            users.Add((reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));

        return users;
    }

    /// <summary>Skips users that have changed since or are locked; returns how many were written.</summary>
    private async Task<int> WriteAsync(
        IReadOnlyList<(Guid Id, string DisplayName, string Email)> users, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            WITH folded AS (
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS folded (id, display_name, email, name_text, email_text)
            ), locked AS (
                SELECT users.id, name_text, email_text
                FROM users JOIN folded ON users.id = folded.id AND users.display_name = folded.display_name AND users.email = folded.email
                WHERE search_name IS NULL
                ORDER BY users.id
                FOR NO KEY UPDATE OF users SKIP LOCKED
            )
            UPDATE users SET search_name = name_text, search_email = email_text FROM locked WHERE users.id = locked.id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = users.Select(user => user.Id).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = users.Select(user => user.DisplayName).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = users.Select(user => user.Email).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = users.Select(user => UserSearchText.Of(user.DisplayName)).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = users.Select(user => UserSearchText.Of(user.Email)).ToArray() });

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Indexed {Count} users for the search")]
        public static partial void Indexed(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Warning, "Indexing users for the search failed; trying again in a minute: {Failure}")]
        public static partial void Failed(ILogger logger, string failure);
    }
}
