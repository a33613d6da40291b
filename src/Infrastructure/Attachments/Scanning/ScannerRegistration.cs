using CleanMessaging.Application.Attachments;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Infrastructure.Attachments.Scanning;

public static class ScannerRegistration
{
    /// <summary>Adds the virus scanner of attachments, which does nothing if none is configured.</summary>
    public static IServiceCollection AddVirusScanner(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<ScannerOptions>()
            .Bind(configuration.GetSection(ScannerOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IVirusScanner, ClamAvScanner>();

        return services;
    }
}
