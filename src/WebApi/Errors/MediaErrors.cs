using CleanMessaging.Infrastructure.Errors;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Errors;

/// <summary>The errors of requests for attachments that follow from HTTP and not from a use case.</summary>
internal static class MediaErrors
{
    public const string FeatureDisabledCode = "feature.disabled";

    /// <summary>The server has no keys or no storage for attachments.</summary>
    public static readonly ApiProblem Disabled = new(
        StatusCodes.Status403Forbidden, FeatureDisabledCode, "Attachments are not available on this server.")
    {
        Details = new Dictionary<string, object?> { ["feature"] = "attachments" },
    };

    public static readonly ApiProblem RangeNotSatisfiable = new(
        StatusCodes.Status416RangeNotSatisfiable, "attachment.range_not_satisfiable", "The range has no byte of the attachment.");

    /// <summary>The client states another version of the upload protocol.</summary>
    public static readonly ApiProblem UnsupportedProtocol = new(
        StatusCodes.Status412PreconditionFailed, "attachment.unsupported_protocol", "Uploads follow version 1.0.0 of tus.");

    /// <summary>The body of a part has another media type.</summary>
    public static readonly ApiProblem NotBytes = new(
        StatusCodes.Status415UnsupportedMediaType,
        "request.unsupported_media_type",
        "The body must be application/offset+octet-stream.");

    /// <summary>Says how large the attachment is, also in an error response.</summary>
    public static void SetContentRange(HttpContext httpContext, long total) => httpContext.Response.OnStarting(() =>
    {
        if (httpContext.Response.StatusCode == StatusCodes.Status416RangeNotSatisfiable)
            httpContext.Response.Headers[HeaderNames.ContentRange] = new ContentRangeHeaderValue(total).ToString();

        return Task.CompletedTask;
    });
}
