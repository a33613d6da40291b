using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

internal static class DrainingRegistration
{
    /// <summary>How long active requests may run once the host stops; then they are aborted.</summary>
    private static readonly TimeSpan _requestsLimit = TimeSpan.FromSeconds(10);

    /// <summary>Adds draining, so that clients lose no data when the process stops.</summary>
    public static IServiceCollection AddDraining(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ShutdownOptions>()
            .Configure<IHostEnvironment>(
                (options, environment) => options.Drain = environment.IsDevelopment() ? TimeSpan.Zero : options.Drain)
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
