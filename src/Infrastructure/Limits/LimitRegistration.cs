using CleanMessaging.Application.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Limits;

public static class LimitRegistration
{
    public static IServiceCollection AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<LimitOptions>()
            .Bind(configuration.GetSection(LimitOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<LimitLog>();
        services.AddSingleton<SearchLimit>();
        services.AddSingleton<MessageSearchLimit>();
        services.AddSingleton<RequestConcurrency>();
        services.AddSingleton<ResponseBuffers>();
        services.AddSingleton(provider => new ResponseBudget(provider.GetRequiredService<IOptions<LimitOptions>>().Value.ResponseBytes));

        return services;
    }
}
