using System.Reflection;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using CleanMessaging.Infrastructure.Realtime.Draining;
using CleanMessaging.Infrastructure.Realtime.Events;
using CleanMessaging.Infrastructure.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CleanMessaging.Infrastructure.Realtime;

public static class RealtimeRegistration
{
    /// <summary>The hub's path. Only here does the server accept a token in the query string.</summary>
    public const string HubPath = "/hubs/messaging";

    /// <summary>
    /// The largest frame that a client may send, in bytes. The largest useful frame, a Read of 500 ids, has 20,000 bytes.
    /// </summary>
    public const int MaximumFrameBytes = 32 * 1024;

    /// <summary>
    /// The name of the connection string of the Redis that connects several servers. Without it there is a single server.
    /// </summary>
    public const string RedisConnectionName = "Redis";

    /// <summary>The methods that clients can call on the hub.</summary>
    public static IReadOnlyList<string> HubMethods { get; } =
    [
        .. typeof(MessagingHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.GetBaseDefinition() == method)
            .Select(method => method.Name),
    ];

    /// <summary>The events that the hub sends to clients.</summary>
    public static IReadOnlyList<string> HubEvents { get; } = [.. typeof(IMessagingClient).GetMethods().Select(method => method.Name)];

    /// <summary>
    /// Maps the hub. The transport options of its connections are metadata of the endpoint, so that they can be inspected.
    /// </summary>
    /// <remarks>Does what MapHub does, with <see cref="HubConnectionGuard"/> between the transport and the hub.</remarks>
    public static void MapLiveEvents(this IEndpointRouteBuilder endpoints)
    {
        var guard = endpoints.ServiceProvider.GetRequiredService<HubConnectionGuard>();
        var transport = new HttpConnectionDispatcherOptions();
        Limit(transport);
        endpoints
            .MapConnections(HubPath, transport, connections =>
            {
                connections.Use(next => connection => guard.RunAsync(connection, next));
                connections.UseHub<MessagingHub>();
            })
            .Add(endpoint =>
            {
                foreach (var attribute in typeof(MessagingHub).GetCustomAttributes(inherit: true))
                    endpoint.Metadata.Add(attribute);

                endpoint.Metadata.Add(new HubMetadata(typeof(MessagingHub)));
                endpoint.Metadata.Add(transport);
                var next = endpoint.RequestDelegate ?? throw new InvalidOperationException("The hub's endpoint has no handler.");
                endpoint.RequestDelegate = httpContext => guard.InvokeAsync(httpContext, next);
            });
    }

    /// <summary>Adds the hub, the notifier that sends it committed events, and draining.</summary>
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

                // Listed from the outermost to the innermost.
                options.AddFilter<HubFailureFilter>();
                options.AddFilter<HubCallLimit>();
            })
            .AddJsonProtocol(options =>
            {
                StrictJson.Configure(options.PayloadSerializerOptions);
                options.PayloadSerializerOptions.Converters.Add(new MinimalStringConverter());
            });
        services.RemoveAll<IHubProtocol>();
        services.AddSingleton<JsonHubProtocol>();
        services.AddSingleton<IHubProtocol, StrictHubProtocol>();
        services.AddSingleton<IUserIdProvider, TokenUserIdProvider>();
        services.AddSingleton<HubFailureFilter>();
        services.AddSingleton<HubCallLimit>();
        services.AddSingleton<HubFrameLimit>();
        services.AddSingleton<HubConnectionGuard>();
        services.AddSingleton<BoundedHubLifetimeManager>();
        services.AddSingleton<HubLifetimeManager<MessagingHub>>(provider => provider.GetRequiredService<BoundedHubLifetimeManager>());
        services.AddSingleton(provider => new RevokedSessionCache(provider.GetRequiredService<BoundedHubLifetimeManager>()));
        services.AddSingleton(provider => new AccessVersions(provider.GetRequiredService<BoundedHubLifetimeManager>()));
        services.AddHostedService<RevocationPoller>();
        services.AddSingleton<TypingIndicators>();
        services.AddSingleton<ITypingIndicators>(provider => provider.GetRequiredService<TypingIndicators>());
        services.AddSingleton<RecentDeletions>();
        services.AddSingleton<EventPresenter>();
        services.AddSingleton<RealtimeNotifier>();
        services.AddDraining(configuration);

        // Hosted services stop in reverse order, so the backplane must start first to send the notifier's last events.
        if (configuration.GetConnectionString(RedisConnectionName) is { Length: > 0 } redis)
            services.AddBackplane(redis);

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

        // Missed events can be read from the database after an absence of any length.
        options.AllowStatefulReconnects = false;
    }
}
