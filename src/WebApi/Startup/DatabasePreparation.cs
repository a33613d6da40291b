using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using Npgsql;

namespace CleanMessaging.WebApi.Startup;

internal static class DatabasePreparation
{
    /// <summary>
    /// Brings the database to this version's schema, and in Development makes the demo accounts.
    /// </summary>
    /// <exception cref="StartRefusedException">The database cannot be used.</exception>
    public static async Task PrepareAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            var connections = app.Services.GetRequiredService<DatabaseConnections>();
            await DatabaseMigration.RunAsync(connections.Migration ?? connections.Messaging, cancellationToken);
            await ConnectionCheck.RunAsync(connections, cancellationToken);
            await using var scope = app.Services.CreateAsyncScope();

            // What the first use makes, slowly, is not made at the expense of the first requests, which have only so much time.
            _ = scope.ServiceProvider.GetRequiredService<MessagingDbContext>().Model;
            if (!app.Environment.IsDevelopment())
                return;

            await scope.ServiceProvider.GetRequiredService<DemoAccounts>().EnsureAsync(DemoPassword(app.Configuration), cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            throw new StartRefusedException($"The database of ConnectionStrings:{DatabaseConnections.MessagingName} cannot be used. {exception.Message}");
        }
        catch (UnsuitableConnectionException exception)
        {
            throw new StartRefusedException(exception.Message);
        }
    }

    internal static string DemoPassword(IConfiguration configuration) => configuration["Demo:Password"] ?? DemoAccounts.DefaultPassword;
}
