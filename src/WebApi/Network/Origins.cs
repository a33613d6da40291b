using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Network;

/// <summary>
/// Rejects pages of other origins. For the API the browser enforces this, except for origins that CORS allows. Browsers do not restrict
/// WebSocket connections, so the server checks the origin of hub requests. A request without an origin does not come from a page; its token
/// decides.
/// </summary>
internal static class Origins
{
    private static readonly TimeSpan _preflightMaxAge = TimeSpan.FromMinutes(10);

    public static IServiceCollection AddOrigins(this IServiceCollection services, IConfiguration settings)
    {
        services.AddOptions<OriginOptions>().Bind(settings.GetSection(OriginOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<OriginOptions>>((cors, origins) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. origins.Value.Allowed])
            .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete)
            .WithHeaders(
                HeaderNames.Authorization,
                HeaderNames.ContentType,
                HeaderNames.Range,
                HeaderNames.IfRange,
                HeaderNames.IfNoneMatch,
                IdempotencyHeaders.Key,
                UploadHeaders.Offset,
                UploadHeaders.Version)
            .WithExposedHeaders(
                HeaderNames.RetryAfter,
                HeaderNames.Location,
                HeaderNames.ContentRange,
                HeaderNames.ContentDisposition,
                HeaderNames.AcceptRanges,
                HeaderNames.ETag,
                QuotaHeaders.Current,
                QuotaHeaders.Policy,
                IdempotencyHeaders.Replayed,
                UploadHeaders.Offset,
                UploadHeaders.Length,
                UploadHeaders.Version)
            .SetPreflightMaxAge(_preflightMaxAge)));

        return services;
    }

    public static void UseOrigins(this WebApplication app)
    {
        var allowed = app.Services.GetRequiredService<IOptions<OriginOptions>>();
        app.Use(
            (httpContext, next) =>
                MayConnect(httpContext.Request, allowed.Value)
                    ? next(httpContext)
                    : Problems.WriteAsync(httpContext, RequestErrors.OriginNotAllowed));
        if (allowed.Value.Allowed.Count > 0)
            app.UseCors();
    }

    private static bool MayConnect(HttpRequest request, OriginOptions options)
    {
        if (!request.Path.StartsWithSegments(RealtimeRegistration.HubPath) || request.Headers.Origin.Count == 0)
            return true;

        var origin = request.Headers.Origin.ToString();

        return origin == $"{request.Scheme}://{request.Host}" || options.Allowed.Contains(origin);
    }
}
