using System.Net.Mime;
using CleanMessaging.Infrastructure.Errors;
using Microsoft.Net.Http.Headers;
using MediaTypeHeaderValue = System.Net.Http.Headers.MediaTypeHeaderValue;

namespace CleanMessaging.WebApi.Errors;

/// <summary>A body is application/json in UTF-8 and not compressed, or it is rejected before anything tries to read it.</summary>
internal static class JsonBodiesOnly
{
    /// <summary>A compressed body could be larger than a request may be, once it is unpacked; a request is too small to gain by it.</summary>
    public static readonly ApiProblem Compressed = new(
        StatusCodes.Status415UnsupportedMediaType, "request.unsupported_content_encoding", "The body must not be compressed or encoded in another way.");

    private const string Identity = "identity";

    public static async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (HasBody(httpContext.Request))
        {
            if (IsEncoded(httpContext.Request))
            {
                httpContext.Response.Headers[HeaderNames.AcceptEncoding] = Identity;
                await Problems.WriteAsync(httpContext, Compressed);
                return;
            }

            if (!IsJson(httpContext.Request.ContentType))
            {
                httpContext.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
                return;
            }

            // Whoever reads the body takes a charset in quotes, which is allowed, for an unknown one.
            httpContext.Request.ContentType = MediaTypeNames.Application.Json;
        }

        await next(httpContext);
    }

    private static bool HasBody(HttpRequest request) =>
        request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0);

    private static bool IsEncoded(HttpRequest request) =>
        request.Headers.ContentEncoding.Count > 0
        && !string.Equals(request.Headers.ContentEncoding.ToString().Trim(), Identity, StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));
}
