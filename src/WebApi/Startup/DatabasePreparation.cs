using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

internal static class DatabasePreparation
{
    /// <summary>
    /// Brings the database to this version's schema, and in Development makes the demo accounts. Several servers may start at
    /// once: migrations run one after the other.
    /// </summary>
    /// <exception cref="OptionsValidationException">The configuration does not hold; nothing was touched.</exception>
    public static async Task PrepareAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        app.Services.GetRequiredService<IStartupValidator>().Validate();

        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<MessagingDbContext>().Database.MigrateAsync(cancellationToken);
        if (app.Environment.IsDevelopment())
            await scope.ServiceProvider.GetRequiredService<DemoAccounts>().EnsureAsync(DemoPassword(app.Configuration), cancellationToken);
    }

    internal static string DemoPassword(IConfiguration configuration) => configuration["Demo:Password"] ?? DemoAccounts.DefaultPassword;
}
