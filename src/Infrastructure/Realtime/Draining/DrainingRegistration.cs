using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

internal static class DrainingRegistration
{
    /// <summary>How long requests that are being answered may take once the host stops; then they are cut.</summary>
    private static readonly TimeSpan _requestsLimit = TimeSpan.FromSeconds(10);

    /// <summary>Makes the end of the process one that nobody loses anything by.</summary>
    public static IServiceCollection AddDraining(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ShutdownOptions>()
            .Configure<IHostEnvironment>((options, environment) => options.Drain = environment.IsDevelopment() ? TimeSpan.Zero : options.Drain)
            .Bind(configuration.GetSection(ShutdownOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = _requestsLimit);
        services.AddSingleton<Drain>();
        services.AddSingleton<IHostLifetime, DrainingLifetime>();
        services.AddHealthChecks().AddCheck<DrainCheck>("serving");

        return services;
    }
}
