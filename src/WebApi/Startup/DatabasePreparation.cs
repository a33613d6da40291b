using System.Security.Authentication;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Postgres;
using Npgsql;

namespace CleanMessaging.WebApi.Startup;

internal static class DatabasePreparation
{
    /// <summary>
    /// Migrates the database to this version's schema, and in Development creates the demo accounts.
    /// </summary>
    /// <exception cref="StartRejectedException">The database cannot be used.</exception>
    public static async Task PrepareAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            var connections = app.Services.GetRequiredService<DatabaseConnections>();
            await DatabaseMigration.RunAsync(connections.Migration ?? connections.Messaging, cancellationToken);
            await ConnectionCheck.RunAsync(connections, cancellationToken);
            await MessageKeyCheck.RunAsync(app.Services, cancellationToken);
            await using (var scope = app.Services.CreateAsyncScope())
            {
                // Builds the model now, because building it is slow and would use up the deadline of the first requests.
                _ = scope.ServiceProvider.GetRequiredService<MessagingDbContext>().Model;
            }

            if (app.Environment.IsDevelopment())
                await EnsureDemoAccountsAsync(app, cancellationToken);
        }
        catch (DemoAccountException exception)
        {
            throw new StartRejectedException(exception.Message);
        }
        catch (UnsuitableConnectionException exception)
        {
            throw new StartRejectedException(exception.Message);
        }
        catch (MissingKeysException exception)
        {
            throw new StartRejectedException(exception.Message);
        }
        catch (Exception exception) when (CauseInTheDatabase(exception) is { } cause)
        {
            var advice = cause.InnerException is AuthenticationException
                ? ". Its certificate must be valid, be for the host name, and come from a trusted CA or from Root Certificate."
                : "";
            throw new StartRejectedException(
                $"The database of ConnectionStrings:{DatabaseConnections.MessagingName} cannot be used. {cause.Message}{advice}");
        }
    }

    private static async Task EnsureDemoAccountsAsync(WebApplication app, CancellationToken cancellationToken)
    {
        foreach (var (email, displayName, role) in DemoAccounts.All)
        {
            await using var scope = app.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<DemoAccounts>()
                .EnsureAsync(email, displayName, role, DemoPassword(app.Configuration), cancellationToken);
        }
    }

    /// <summary>Returns the database's exception from the chain of inner exceptions; null when the database is not the cause.</summary>
    private static Exception? CauseInTheDatabase(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is NpgsqlException or TimeoutException)
                return cause;
        }

        return null;
    }

    internal static string DemoPassword(IConfiguration configuration) => configuration["Demo:Password"] ?? DemoAccounts.DefaultPassword;
}
