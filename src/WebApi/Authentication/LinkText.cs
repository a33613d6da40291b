using Microsoft.AspNetCore.Http.Features;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>
/// Removes the text of a link to an attachment from the path of a request before the host logs the request: <c>/media/{link}</c> becomes
/// <c>/media</c>. The text is a secret, as a token is.
/// </summary>
internal static class LinkText
{
    public const string Path = "/media";

    /// <summary>Only links are this long. A shorter segment can be part of a base path, so it stays in the path.</summary>
    private const int LengthMin = 80;

    /// <summary>Returns the text of the link in the request's URL, or null.</summary>
    public static string? Of(HttpContext httpContext) => httpContext.Items[typeof(LinkText)] as string;

    /// <summary>Removes the text from a request; returns it, or null if there is none.</summary>
    public static string? TakeFrom(IHttpRequestFeature request)
    {
        var path = request.Path;
        var start = path.IndexOf($"{Path}/", StringComparison.OrdinalIgnoreCase);
        if (start < 0 || !Array.Exists(path[start..].Split('/'), segment => segment.Length >= LengthMin))
            return null;

        // Also an address that is not quite a link may have the text of one.
        var text = path[(start + Path.Length + 1)..];
        request.Path = path[..(start + Path.Length)];
        request.RawTarget = request.Path;

        return text.Contains('/', StringComparison.Ordinal) ? null : text;
    }

    /// <summary>Keeps the text for the rest of the request.</summary>
    public static void Keep(HttpContext httpContext, string? text)
    {
        if (text is not null)
            httpContext.Items[typeof(LinkText)] = text;
    }
}
