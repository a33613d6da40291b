using CleanMessaging.Infrastructure.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

internal static class BackplaneRegistration
{
    /// <summary>Adds the backplane to the other servers through the Redis that a connection string names.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public static IServiceCollection AddBackplane(this IServiceCollection services, string connectionString)
    {
        var redis = WithLimits(ConfigurationOptions.Parse(connectionString));
        services.AddSingleton<BackplaneQueue>();
        services.AddSingleton<BackplaneEncryption>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<RedisBackplane>(
            provider, redis.WithRoot(provider.GetRequiredService<IOptions<TransportOptions>>().Value)));
        services.AddHealthChecks().AddCheck<BackplaneCheck>("redis");

        return services;
    }

    /// <summary>
    /// Fails fast and leaves the next attempt to the backplane. It uses only the publish and subscribe commands of Redis.
    /// </summary>
    internal static ConfigurationOptions WithLimits(ConfigurationOptions redis)
    {
        redis.AbortOnConnectFail = true;
        redis.ConnectRetry = 1;
        redis.ConnectTimeout = 2000;
        redis.AsyncTimeout = 1000;
        redis.SyncTimeout = 1000;
        redis.ConfigurationChannel = "";
        redis.TieBreaker = "";
        redis.ClientName ??= "CleanMessaging";
        redis.IncludeDetailInExceptions = false;

        return redis;
    }
}
