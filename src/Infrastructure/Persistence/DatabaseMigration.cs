using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

public static class DatabaseMigration
{
    /// <summary>The key of the advisory lock that a migrating server holds.</summary>
    private const long Lock = 0x436C65616E4D7367;

    /// <summary>
    /// Migrates a database to the schema of this version, and creates the database if it does not exist. It uses its own connection without
    /// the time limits of requests, because a migration may take long. When several servers start at once, one of them migrates and the
    /// others wait. When there is nothing to migrate, it takes no lock and needs no right to change the schema.
    /// </summary>
    /// <exception cref="NpgsqlException">The database is unreachable or rejects the migration.</exception>
    /// <exception cref="UnsuitableConnectionException">
    /// There is something to migrate, and the connection goes to a connection pooler.
    /// </exception>
    public static async Task RunAsync(string connectionString, CancellationToken cancellationToken)
    {
        var unlimited = new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0, Pooling = false };
        var options = new DbContextOptionsBuilder<MessagingDbContext>()
            .UseNpgsql(unlimited.ConnectionString)
            .UseSnakeCaseNamingConvention()
            .Options;
        await using var context = new MessagingDbContext(options);
        if (!(await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
            return;

        await EnsureDatabaseAsync(context, cancellationToken);

        // EF Core's own lock does not exclude a second server. This lock does, and PostgreSQL releases it when the connection ends.
        await context.Database.OpenConnectionAsync(cancellationToken);
        await ConnectionCheck.EnsureDirectAsync((NpgsqlConnection)context.Database.GetDbConnection(), cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({Lock})", cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
    }

    private static async Task EnsureDatabaseAsync(MessagingDbContext context, CancellationToken cancellationToken)
    {
        var databases = context.GetService<IRelationalDatabaseCreator>();
        if (await databases.ExistsAsync(cancellationToken))
            return;

        try
        {
            await databases.CreateAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // Another server has created the database in the meantime.
        }
    }
}
