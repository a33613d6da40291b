#if DEBUG
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.WebApi.Startup;

/// <summary>
/// The database of Development. Release builds do not contain this class: a published server always connects to a database of its operator.
/// </summary>
internal static class DevelopmentDatabase
{
    private const string Name = "cleanmessaging";

    /// <summary>
    /// Starts a private PostgreSQL and sets the connection string, if there is none. Dispose the result after the application has stopped.
    /// </summary>
    /// <exception cref="StartRejectedException">No PostgreSQL installation was found.</exception>
    public static async Task<IAsyncDisposable?> StartIfNoneIsConfiguredAsync(IConfiguration settings, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(settings.GetConnectionString(DatabaseConnections.MessagingName)))
            return null;

        try
        {
            var postgres = await PrivateCluster.StartAsync(
                PrivateCluster.DefaultFolder("development"), cancellationToken: cancellationToken);
            settings[$"ConnectionStrings:{DatabaseConnections.MessagingName}"] = postgres.ConnectionStringFor(Name);

            return new AnnouncedStop(postgres);
        }
        catch (PostgresNotFoundException exception)
        {
            throw new StartRejectedException(exception.Message);
        }
    }

    /// <summary>Stops the database, and prints whether it has stopped.</summary>
    private sealed class AnnouncedStop(PrivateCluster postgres) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await postgres.DisposeAsync();
            Console.WriteLine(
                postgres.HasStopped
                    ? "  The database has stopped. Its data is kept."
                    : "  The database keeps running, because another process uses it.");
        }
    }
}
#endif
