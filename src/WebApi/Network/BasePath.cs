using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.WebApi.Network;

/// <summary>
/// Handles the base path under which a proxy publishes this server, such as <c>/chat</c>. The proxy either forwards the base path, which
/// must then be configured, or removes it and sends it in a header. The rest of the pipeline sees the path without the base path.
/// </summary>
internal static partial class BasePath
{
    /// <summary>The header in which a proxy sends the base path that it has removed.</summary>
    public const string Header = "X-Forwarded-Prefix";

    private const int LengthMax = 200;

    /// <summary>
    /// Whether a text is a valid base path: segments of letters, digits, hyphens, underscores and tildes, each after a slash.
    /// </summary>
    public static bool IsValid(string text) => text.Length <= LengthMax && Form().IsMatch(text);

    /// <summary>Separates the base path from the request's path.</summary>
    /// <param name="configured">The configured base path; empty for none.</param>
    /// <param name="known">The proxies whose header is trusted.</param>
    public static void Apply(HttpContext httpContext, PathString configured, IReadOnlyList<IPNetwork> known)
    {
        var request = httpContext.Request;
        if (configured.HasValue && request.Path.StartsWithSegments(configured, StringComparison.Ordinal, out var rest))
        {
            (request.PathBase, request.Path) = (configured, rest);
        }
        else if (request.Headers.TryGetValue(Header, out var values)
            && IsFrom(httpContext.Connection.RemoteIpAddress, known)
            && values is [{ } value]
            && IsValid(value))
        {
            request.PathBase = new PathString(value);
        }
    }

    private static bool IsFrom(IPAddress? address, IReadOnlyList<IPNetwork> known)
    {
        var remote = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

        return remote is not null && known.Any(network => network.Contains(remote));
    }

    [GeneratedRegex(@"\A(/[A-Za-z0-9_~-]+)+\z")]
    private static partial Regex Form();
}
