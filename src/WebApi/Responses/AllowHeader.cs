using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Responses;

internal static class AllowHeader
{
    /// <summary>Adds HEAD to an Allow header that contains GET.</summary>
    public static void AddHead(HttpResponse response)
    {
        var headers = response.Headers;
        if (headers.Allow.Count > 0
            && headers.Allow.ToString() is var allowed
            && allowed.Contains(HttpMethods.Get, StringComparison.Ordinal)
            && !allowed.Contains(HttpMethods.Head, StringComparison.Ordinal))
        {
            headers[HeaderNames.Allow] = allowed.Replace(
                HttpMethods.Get, $"{HttpMethods.Get}, {HttpMethods.Head}", StringComparison.Ordinal);
        }
    }
}
