using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Responses;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// Keeps links to attachments apart from everything else: the origin of the links answers only links, and so does a server with that role.
/// Other requests get 404 there. The page may show attachments from that origin.
/// </summary>
internal sealed class MediaOrigin(IOptions<MediaOptions> options)
{
    private readonly ServerRole _role = options.Value.Serve;
    private readonly string? _origin = options.Value.Origin is { Length: > 0 } origin ? origin : null;
    private readonly string? _host = options.Value.Origin is { Length: > 0 } origin ? new Uri(origin).Authority : null;

    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (_origin is not null)
            SecurityHeaders.AllowMediaOf(httpContext, _origin);

        if (IsAnswered(httpContext.Request))
            return next(httpContext);

        httpContext.Response.StatusCode = StatusCodes.Status404NotFound;

        return Task.CompletedTask;
    }

    private bool IsAnswered(HttpRequest request)
    {
        if (request.Path == LinkText.Path)
            return _role != ServerRole.Api;

        // A probe may use any host.
        return request.Path.StartsWithSegments("/health")
            || (_role != ServerRole.Media && !string.Equals(request.Host.Value, _host, StringComparison.OrdinalIgnoreCase));
    }
}
