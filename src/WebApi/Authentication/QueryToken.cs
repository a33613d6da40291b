using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>
/// Removes <c>access_token</c> from the URL of every request before the host logs the request, because the host logs the whole query
/// string. Authentication on the hub's path gets the token from here. Removes links to attachments as well: <see cref="LinkText"/>.
/// </summary>
internal sealed class QueryToken(IServiceProvider services) : IHttpContextFactory
{
    public const string Name = "access_token";

    private readonly DefaultHttpContextFactory _inner = new(services);

    /// <summary>Returns the token from the request's URL, or null.</summary>
    public static string? Of(HttpContext httpContext) => httpContext.Items[typeof(QueryToken)] as string;

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        var request = featureCollection.GetRequiredFeature<IHttpRequestFeature>();
        var token = TakeFrom(request);
        var link = LinkText.TakeFrom(request);
        var httpContext = _inner.Create(featureCollection);
        LinkText.Keep(httpContext, link);
        if (token is not null)
            httpContext.Items[typeof(QueryToken)] = token;

        return httpContext;
    }

    public void Dispose(HttpContext httpContext) => _inner.Dispose(httpContext);

    private static string? TakeFrom(IHttpRequestFeature request)
    {
        if (request.QueryString.Length == 0)
            return null;

        string? token = null;
        var rest = QueryString.Empty;
        foreach (var pair in new QueryStringEnumerable(request.QueryString))
        {
            var name = pair.DecodeName().ToString();
            var value = pair.DecodeValue().ToString();
            if (!string.Equals(name, Name, StringComparison.OrdinalIgnoreCase))
                rest = rest.Add(name, value);
            else
                token = token is null ? value : $"{token},{value}";
        }

        if (token is not null)
            request.QueryString = rest.Value ?? "";

        return token;
    }
}
