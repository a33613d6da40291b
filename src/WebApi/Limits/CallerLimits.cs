using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.WebApi.Limits;

internal static class CallerLimits
{
    /// <summary>Adds all limits that keep one caller from exhausting the server's resources.</summary>
    public static IServiceCollection AddCallerLimits(this IServiceCollection services, IConfiguration settings) =>
        services
            .AddLimits(settings)
            .AddServerLimits()
            .AddRequestLimits()
            .AddSingleton<TransferLimit>()
            .AddSingleton<TransferPace>()
            .AddSingleton<ConcurrencyLimit>()
            .AddSingleton<BufferedResponses>()
            .AddSingleton<FileDeadline>()
            .AddSingleton<PasswordThrottle>()
            .AddSingleton<ConnectionLimit>();
}
