using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.WebApi.Limits;

internal static class CallerLimits
{
    /// <summary>Adds everything that keeps one caller from taking what belongs to all.</summary>
    public static IServiceCollection AddCallerLimits(this IServiceCollection services, IConfiguration settings) =>
        services
            .AddLimits(settings)
            .AddServerLimits()
            .AddRequestLimits()
            .AddSingleton<ConcurrencyLimit>()
            .AddSingleton<BufferedResponses>()
            .AddSingleton<FileDeadline>()
            .AddSingleton<PasswordThrottle>()
            .AddSingleton<ConnectionLimit>();
}
