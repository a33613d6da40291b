using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.WebApi.Network;

/// <summary>
/// The path under which a proxy offers this server, such as <c>/chat</c>. Either the proxy passes it on and it is configured, or the proxy takes it away
/// and says so in a header. To all that follows, the request's path begins after it.
/// </summary>
internal static partial class BasePath
{
    /// <summary>The header of a proxy that has taken away the path.</summary>
    public const string Header = "X-Forwarded-Prefix";

    private const int LengthMax = 200;

    /// <summary>Whether a text can be a base path: segments of letters, digits, hyphens, underscores and tildes, each after a slash.</summary>
    public static bool IsValid(string text) => text.Length <= LengthMax && Form().IsMatch(text);

    /// <summary>Separates the base path from the request's path.</summary>
    /// <param name="configured">Empty for none.</param>
    /// <param name="known">The proxies whose header counts.</param>
    public static void Apply(HttpContext httpContext, PathString configured, IReadOnlyList<IPNetwork> known)
    {
        var request = httpContext.Request;
        if (configured.HasValue && request.Path.StartsWithSegments(configured, StringComparison.Ordinal, out var rest))
            (request.PathBase, request.Path) = (configured, rest);
        else if (request.Headers.TryGetValue(Header, out var values) && IsFrom(httpContext.Connection.RemoteIpAddress, known) && values is [{ } value] && IsValid(value))
            request.PathBase = new PathString(value);
    }

    private static bool IsFrom(IPAddress? address, IReadOnlyList<IPNetwork> known)
    {
        var remote = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

        return remote is not null && known.Any(network => network.Contains(remote));
    }

    [GeneratedRegex(@"\A(/[A-Za-z0-9_~-]+)+\z")]
    private static partial Regex Form();
}
