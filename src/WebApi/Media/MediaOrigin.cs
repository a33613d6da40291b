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
    private readonly Uri? _origin = options.Value.Origin is { Length: > 0 } origin ? new Uri(origin) : null;

    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (_origin is not null)
            SecurityHeaders.AllowMediaOf(httpContext, _origin.GetLeftPart(UriPartial.Authority));

        if (IsAnswered(httpContext.Request))
            return next(httpContext);

        httpContext.Response.StatusCode = StatusCodes.Status404NotFound;

        return Task.CompletedTask;
    }

    private bool IsAnswered(HttpRequest request)
    {
        var isMediaHost = _origin is not null && IsHostOf(request, _origin);
        if (request.Path == LinkText.Path)
            return _role != ServerRole.Api && (_origin is null || isMediaHost);

        // A probe may use any host.
        return request.Path.StartsWithSegments("/health") || (_role != ServerRole.Media && !isMediaHost);
    }

    private static bool IsHostOf(HttpRequest request, Uri origin)
    {
        var host = request.Host;

        return string.Equals(host.Host, origin.Host, StringComparison.OrdinalIgnoreCase)
            && (host.Port is null ? origin.IsDefaultPort : host.Port == origin.Port);
    }
}
