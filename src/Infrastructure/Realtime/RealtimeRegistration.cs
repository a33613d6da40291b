using CleanMessaging.Infrastructure.Serialization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Infrastructure.Realtime;

public static class RealtimeRegistration
{
    /// <summary>The hub's path; the only one on which a token in the query string is accepted.</summary>
    public const string HubPath = "/hubs/messaging";

    /// <summary>The largest frame that a client may send, in bytes; the largest that makes sense, a Read of 500 ids, has 20,000.</summary>
    public const int MaximumFrameBytes = 32 * 1024;

    /// <summary>Adds the hub, and the notifier that feeds it with what has been committed.</summary>
    public static IServiceCollection AddRealtime(this IServiceCollection services)
    {
        services
            .AddSignalR(options =>
            {
                options.MaximumReceiveMessageSize = MaximumFrameBytes;
                options.AddFilter<HubFailureFilter>();
            })
            .AddJsonProtocol(options => StrictJson.Configure(options.PayloadSerializerOptions));
        services.AddSingleton<IUserIdProvider, TokenUserIdProvider>();
        services.AddSingleton<HubFailureFilter>();
        services.AddSingleton<BoundedHubLifetimeManager>();
        services.AddSingleton<HubLifetimeManager<MessagingHub>>(provider => provider.GetRequiredService<BoundedHubLifetimeManager>());
        services.AddSingleton(provider => new EndedSessions(provider.GetRequiredService<BoundedHubLifetimeManager>()));
        services.AddHostedService<AccessWatch>();
        services.AddSingleton<RealtimeNotifier>();
        services.AddHostedService(provider => provider.GetRequiredService<RealtimeNotifier>());

        return services;
    }
}
