using CleanMessaging.Infrastructure.Realtime.Bus;
using CleanMessaging.Infrastructure.Realtime.Draining;
using CleanMessaging.Infrastructure.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Infrastructure.Realtime;

public static class RealtimeRegistration
{
    /// <summary>The hub's path; the only one on which a token in the query string is accepted.</summary>
    public const string HubPath = "/hubs/messaging";

    /// <summary>The largest frame that a client may send, in bytes; the largest that makes sense, a Read of 500 ids, has 20,000.</summary>
    public const int MaximumFrameBytes = 32 * 1024;

    /// <summary>The name of the connection string of the Redis by which several servers tell each other; without one there is one server.</summary>
    public const string RedisConnectionName = "Redis";

    /// <summary>Maps the hub. How its connections are carried is metadata of the endpoint, where it can be looked up.</summary>
    public static void MapLiveEvents(this IEndpointRouteBuilder endpoints)
    {
        HttpConnectionDispatcherOptions? transport = null;
        endpoints
            .MapHub<MessagingHub>(HubPath, options => Limit(transport = options))
            .Add(endpoint => endpoint.Metadata.Add(transport!));
    }

    /// <summary>Adds the hub, the notifier that feeds it with what has been committed, and their end.</summary>
    /// <exception cref="ArgumentException">The connection string of Redis cannot be read.</exception>
    public static IServiceCollection AddRealtime(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSignalR(options =>
            {
                options.MaximumReceiveMessageSize = MaximumFrameBytes;
                options.MaximumParallelInvocationsPerClient = 1;
                options.HandshakeTimeout = TimeSpan.FromSeconds(5);
                options.KeepAliveInterval = TimeSpan.FromSeconds(15);
                options.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
                options.StreamBufferCapacity = 1;
                options.EnableDetailedErrors = false;

                // From the outside to the inside.
                options.AddFilter<HubFailureFilter>();
                options.AddFilter<HubCallLimit>();
            })
            .AddJsonProtocol(options => StrictJson.Configure(options.PayloadSerializerOptions));
        services.AddSingleton<IUserIdProvider, TokenUserIdProvider>();
        services.AddSingleton<HubFailureFilter>();
        services.AddSingleton<HubCallLimit>();
        services.AddSingleton<BoundedHubLifetimeManager>();
        services.AddSingleton<HubLifetimeManager<MessagingHub>>(provider => provider.GetRequiredService<BoundedHubLifetimeManager>());
        services.AddSingleton(provider => new EndedSessions(provider.GetRequiredService<BoundedHubLifetimeManager>()));
        services.AddSingleton(provider => new AccessVersions(provider.GetRequiredService<BoundedHubLifetimeManager>()));
        services.AddHostedService<AccessWatch>();
        services.AddSingleton<RealtimeNotifier>();
        services.AddSingleton<ITypingNotifier>(provider => provider.GetRequiredService<RealtimeNotifier>());
        services.AddDraining(configuration);

        // What starts first stops last: the bus takes what the notifier's last facts are.
        if (configuration.GetConnectionString(RedisConnectionName) is { Length: > 0 } redis)
            services.AddBus(redis);

        services.AddHostedService(provider => provider.GetRequiredService<RealtimeNotifier>());

        return services;
    }

    private static void Limit(HttpConnectionDispatcherOptions options)
    {
        options.CloseOnAuthenticationExpiration = true;
        options.Transports = HttpTransportType.WebSockets;
        options.TransportSendTimeout = TimeSpan.FromSeconds(3);
        options.ApplicationMaxBufferSize = 64 * 1024;
        options.TransportMaxBufferSize = 64 * 1024;
        options.WebSockets.CloseTimeout = TimeSpan.FromSeconds(5);

        // What was missed is in the database, for as long as anybody was away.
        options.AllowStatefulReconnects = false;
    }
}
