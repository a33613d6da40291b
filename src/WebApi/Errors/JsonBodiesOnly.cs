using System.Net.Http.Headers;
using System.Net.Mime;

namespace CleanMessaging.WebApi.Errors;

/// <summary>A body is application/json in UTF-8, or it is refused before anybody tries to read it.</summary>
internal static class JsonBodiesOnly
{
    public static async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (HasBody(httpContext.Request))
        {
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

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));
}
