using CleanMessaging.Infrastructure.Errors;

namespace CleanMessaging.WebApi.Errors;

/// <summary>
/// The errors of requests that the host rejects before a use case runs. Those of callers that exceed a limit are in LimitErrors.
/// </summary>
internal static class RequestErrors
{
    /// <summary>
    /// The error for a compressed body. Its decompressed size could exceed the limit, and requests are too small to benefit from
    /// compression.
    /// </summary>
    public static readonly ApiProblem Compressed = new(
        StatusCodes.Status415UnsupportedMediaType,
        "request.unsupported_content_encoding",
        "The body must not be compressed or encoded in another way.");

    public static readonly ApiProblem OriginNotAllowed =
        new(StatusCodes.Status403Forbidden, "origin.not_allowed", "The origin of this page is not allowed to connect.");

    /// <summary>Returns the problem for a status without a body.</summary>
    public static ApiProblem OfStatus(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => new ApiProblem(status, "auth.unauthenticated", "A valid access token is required."),
        StatusCodes.Status403Forbidden => new ApiProblem(status, "auth.forbidden", "Your role does not permit this operation."),
        StatusCodes.Status404NotFound => new ApiProblem(status, "route.not_found", "This address does not exist."),
        StatusCodes.Status405MethodNotAllowed =>
            new ApiProblem(status, "route.method_not_allowed", "This address does not support the HTTP method."),
        StatusCodes.Status413PayloadTooLarge => new ApiProblem(status, "request.too_large", "The request body must not exceed 64 KB."),
        StatusCodes.Status415UnsupportedMediaType =>
            new ApiProblem(status, "request.unsupported_media_type", "The body must be application/json in UTF-8."),
        StatusCodes.Status408RequestTimeout =>
            new ApiProblem(status, "request.timeout", "The request took too long to arrive.", Retryable: true),
        >= 500 => new ApiProblem(status, "internal_error", "Something went wrong on our side."),
        _ => new ApiProblem(status, "request.refused", "The request was rejected."),
    };
}
