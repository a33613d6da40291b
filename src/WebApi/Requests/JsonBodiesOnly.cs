using System.Net.Mime;
using CleanMessaging.WebApi.Errors;
using Microsoft.Net.Http.Headers;
using MediaTypeHeaderValue = System.Net.Http.Headers.MediaTypeHeaderValue;

namespace CleanMessaging.WebApi.Requests;

/// <summary>
/// Rejects a body that is not uncompressed application/json in UTF-8, before the body is read. For an endpoint that receives a part of an
/// upload (<see cref="ByteBody"/>), the body must be uncompressed bytes of that media type.
/// </summary>
internal static class JsonBodiesOnly
{
    private const string Identity = "identity";

    public static async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (HasBody(httpContext.Request))
        {
            if (IsEncoded(httpContext.Request))
            {
                httpContext.Response.Headers[HeaderNames.AcceptEncoding] = Identity;
                await Problems.WriteAsync(httpContext, RequestErrors.Compressed);
                return;
            }

            if (httpContext.GetEndpoint()?.Metadata.GetMetadata<ByteBody>() is not null)
            {
                if (!IsBytes(httpContext.Request.ContentType))
                    await Problems.WriteAsync(httpContext, MediaErrors.NotBytes);
                else
                    await next(httpContext);

                return;
            }

            if (!IsJson(httpContext.Request.ContentType))
            {
                httpContext.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
                return;
            }

            // A charset in quotes is valid, but the framework's body reader treats it as an unknown charset.
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

    private static bool IsBytes(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && string.Equals(type.MediaType, ByteBody.MediaType, StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));
}
