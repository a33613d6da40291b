using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Application;

public static class ApplicationRegistration
{
    /// <summary>Adds the use cases, their validators, the pipeline around them, and the maps from entities to responses.</summary>
    /// <param name="autoMapperLicenseKey">Null runs unlicensed: AutoMapper says so in the log.</param>
    public static IServiceCollection AddApplication(this IServiceCollection services, string? autoMapperLicenseKey)
    {
        var assembly = typeof(ApplicationRegistration).Assembly;
        services.AddRequestPipeline(assembly);
        services.AddScoped<SessionIssuer>();
        services.AddAutoMapper(configuration => configuration.LicenseKey = autoMapperLicenseKey, assembly);

        return services;
    }
}
