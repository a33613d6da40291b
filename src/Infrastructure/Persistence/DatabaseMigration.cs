using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

public static class DatabaseMigration
{
    /// <summary>Of the advisory lock under which one server migrates.</summary>
    private const long Lock = 0x436C65616E4D7367;

    /// <summary>
    /// Brings a database to this version's schema, and makes it where it does not exist. On a connection of its own, without the
    /// time limits of a request: a migration takes as long as it takes. Several servers may start at once; one of them migrates,
    /// the others wait for it. Where nothing is to be done nothing is locked, and no right to change the schema is needed.
    /// </summary>
    /// <exception cref="NpgsqlException">The database cannot be reached or rejects.</exception>
    /// <exception cref="UnsuitableConnectionException">There is something to migrate, and a connection pooler stands before PostgreSQL.</exception>
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

        // The framework's own lock does not keep two servers apart. This one does, and ends with the connection.
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
            // Another server was faster.
        }
    }
}
