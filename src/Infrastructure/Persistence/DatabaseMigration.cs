using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

public static class DatabaseMigration
{
    /// <summary>
    /// Brings a database to this version's schema, and makes it where it does not exist. On a connection of its own, without the
    /// time limits of a request: a migration takes as long as it takes. Several servers may start at once; one of them migrates,
    /// the others wait for it.
    /// </summary>
    /// <exception cref="NpgsqlException">The database cannot be reached or refuses.</exception>
    public static async Task RunAsync(string connectionString, CancellationToken cancellationToken)
    {
        var unlimited = new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0, Pooling = false };
        var options = new DbContextOptionsBuilder<MessagingDbContext>()
            .UseNpgsql(unlimited.ConnectionString)
            .UseSnakeCaseNamingConvention()
            .Options;
        await using var context = new MessagingDbContext(options);
        await context.Database.MigrateAsync(cancellationToken);
    }
}
