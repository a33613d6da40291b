using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Health;
using CleanMessaging.WebApi.OpenApi;
using Microsoft.AspNetCore.Http.Connections;

namespace CleanMessaging.WebApi.Startup;

internal static class HostPipeline
{
    /// <summary>The way of an HTTP request: headers, errors, body form, token, then the endpoint.</summary>
    public static void UseMessaging(this WebApplication app)
    {
        app.Use(SecurityHeaders.InvokeAsync);
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(Problems.WriteForStatusAsync);
        app.Use(DrainGate.InvokeAsync);
        app.Use(JsonBodiesOnly.InvokeAsync);
        app.UseAuthentication();
        app.UseAuthorization();

        var api = app.MapGroup("/api").RequireAuthorization();
        api.MapAuth();
        api.MapUsers();
        api.MapConversations();
        api.MapMessages();
        api.MapWallet();
        api.MapAdmin();
        app.MapHub<MessagingHub>(RealtimeRegistration.HubPath, options =>
        {
            options.CloseOnAuthenticationExpiration = true;
            options.Transports = HttpTransportType.WebSockets;
            options.TransportSendTimeout = TimeSpan.FromSeconds(3);
        });
        app.MapReadiness();
        app.MapDescription();
    }
}
