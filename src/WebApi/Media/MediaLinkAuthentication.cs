using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Tokens;
using CleanMessaging.WebApi.Authentication;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// Authenticates requests by their link, on the path of links only. The viewer's session must not be revoked, and the viewer's access must
/// not have changed since the link was created, as for a token.
/// </summary>
internal sealed class MediaLinkAuthentication(
    MediaLinks links, RevokedSessionCache revokedSessions, AccessVersions versions, TimeProvider clock)
{
    private const string Scheme = "Link";

    /// <summary>Returns the valid link of a request, or null.</summary>
    public static MediaLink? LinkOf(HttpContext httpContext) => httpContext.Items[typeof(MediaLink)] as MediaLink;

    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (httpContext.Request.Path == LinkText.Path)
            Authenticate(httpContext);

        return next(httpContext);
    }

    private void Authenticate(HttpContext httpContext)
    {
        // A token does not count here: the link states its viewer.
        httpContext.User = new ClaimsPrincipal(new ClaimsIdentity());
        if (LinkText.Of(httpContext) is not { } text || !links.TryRead(text, out var link) || link.End <= clock.GetUtcNow())
            return;

        var viewer = ViewerOf(link);
        if ((link.SessionId is { } sessionId && revokedSessions.Contains(sessionId)) || versions.IsOutdated(viewer))
            return;

        httpContext.User = viewer;
        httpContext.Items[typeof(MediaLink)] = link;
    }

    private static ClaimsPrincipal ViewerOf(MediaLink link)
    {
        var claims = new List<Claim>
        {
            new(TokenClaims.UserId, link.ViewerId.ToString()),
            new(TokenClaims.AccessVersion, link.AccessVersion.ToString(CultureInfo.InvariantCulture)),
        };
        if (link.SessionId is { } sessionId)
            claims.Add(new Claim(TokenClaims.SessionId, sessionId.ToString()));

        return new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme, TokenClaims.UserId, TokenClaims.Role));
    }
}
