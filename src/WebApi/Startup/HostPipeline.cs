using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Health;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Media;
using CleanMessaging.WebApi.Network;
using CleanMessaging.WebApi.OpenApi;
using CleanMessaging.WebApi.Pages;
using CleanMessaging.WebApi.Requests;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Startup;

internal static class HostPipeline
{
    /// <summary>
    /// Adds the middleware in this order: client address and base path, headers, errors, media origin, origin, web client files,
    /// authentication, rate limit, body format, authorization, query validation, concurrency limit, buffer for large responses, endpoint.
    /// </summary>
    public static void UseMessaging(this WebApplication app)
    {
        app.UseProxies();
        app.Use(HeadRequests.InvokeAsync);

        // Explicit, so that routing runs after the base path is removed and after HEAD is changed to GET.
        app.UseRouting();
        app.Use(SecurityHeaders.InvokeAsync);
        app.UseExceptionHandler(_ => { });
        app.Use(app.Services.GetRequiredService<SocketLimit>().InvokeAsync);
        app.UseStatusCodePages(Problems.WriteForStatusAsync);
        app.Use(app.Services.GetRequiredService<MediaOrigin>().InvokeAsync);
        app.UseOrigins();
        app.Use(DrainGate.InvokeAsync);
        app.Use(app.Services.GetRequiredService<FileDeadline>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<PageFiles>().InvokeAsync);
        app.UseAuthentication();
        app.Use(app.Services.GetRequiredService<MediaLinkAuthentication>().InvokeAsync);
        app.UseRateLimiter();
        app.Use(JsonBodiesOnly.InvokeAsync);
        app.UseAuthorization();
        app.Use(app.Services.GetRequiredService<KnownQueryOnly>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<ConnectionLimit>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<ConcurrencyLimit>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<BufferedResponses>().InvokeAsync);

        var api = app.MapGroup("/api").RequireAuthorization();
        api.MapAuth();
        api.MapUsers();
        api.MapAvatar();
        api.MapConversations();
        api.MapMessages();
        api.MapUploads();
        api.MapAttachments();
        api.MapRules();
        api.MapWallet();
        api.MapAdmin();
        app.MapMediaLinks();
        app.MapLiveEvents();
        app.MapReadiness();
        app.MapOpenApiDocument();
    }
}
