using System.Text.RegularExpressions;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.WebApi.Startup;

internal static partial class DatabasePreparation
{
    /// <summary>
    /// Brings the database to this version's schema, and in Development makes the demo accounts.
    /// </summary>
    /// <exception cref="StartRefusedException">The configuration does not hold, or the database cannot be used.</exception>
    public static async Task PrepareAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        ValidateOptions(app);
        try
        {
            await DatabaseMigration.RunAsync(app.Configuration.GetConnectionString(HostRegistration.ConnectionName) ?? "", cancellationToken);
            await using var scope = app.Services.CreateAsyncScope();

            // Made once, and slowly: not at the expense of the first requests, which have only so much time.
            _ = scope.ServiceProvider.GetRequiredService<MessagingDbContext>().Model;
            if (!app.Environment.IsDevelopment())
                return;

            await scope.ServiceProvider.GetRequiredService<DemoAccounts>().EnsureAsync(DemoPassword(app.Configuration), cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            throw new StartRefusedException($"The database of ConnectionStrings:{HostRegistration.ConnectionName} cannot be used. {exception.Message}");
        }
    }

    internal static string DemoPassword(IConfiguration configuration) => configuration["Demo:Password"] ?? DemoAccounts.DefaultPassword;

    /// <summary>Looks at all options at once, before anything is touched, and tells everything that is wrong with them.</summary>
    private static void ValidateOptions(WebApplication app)
    {
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException or AggregateException)
        {
            IEnumerable<Exception> causes = exception is AggregateException several ? several.InnerExceptions : [exception];
            var reasons = causes.SelectMany(cause => cause is OptionsValidationException invalid ? invalid.Failures.Select(Reason) : [cause.Message]);
            throw new StartRefusedException(string.Join(' ', reasons));
        }
    }

    /// <summary>What is wrong, without the validator's preamble.</summary>
    private static string Reason(string failure) => Preamble().Replace(failure, "$1");

    [GeneratedRegex("^DataAnnotation validation failed for .+ with the error: '(.+)'\\.$")]
    private static partial Regex Preamble();
}
