using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.WebApi.Responses;
using Microsoft.AspNetCore.Diagnostics;

namespace CleanMessaging.WebApi.Errors;

/// <summary>
/// Converts exceptions to HTTP responses: a problem document (RFC 9457) with <c>success: false</c>, a stable code, and the values that a
/// client needs.
/// </summary>
internal sealed partial class Problems(ILogger<Problems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected, so the response needs no body.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = exception is BadHttpRequestException badRequest ? Describe(badRequest) : ApiProblem.From(exception);
        if (exception is StorageUnavailableException { IsOutcomeUnknown: true } && KeyOf(httpContext) is { } key)
            problem = key.AddTo(problem);
        if (exception is AttachmentCorruptException corrupt)
            CorruptAttachmentLog.Write(logger, corrupt);
        else if (problem.Status == StatusCodes.Status500InternalServerError)
            Log.Unexpected(logger, exception, httpContext.Request.Method, httpContext.Request.Path);
        else if (problem.Status == StatusCodes.Status503ServiceUnavailable && exception is not RequestRejectedException)
            Log.Unavailable(logger, httpContext.Request.Method, httpContext.Request.Path, exception.GetBaseException().Message);

        await WriteAsync(httpContext, problem);

        return true;
    }

    /// <summary>Writes a problem document for a status that was set without a body.</summary>
    public static Task WriteForStatusAsync(StatusCodeContext context)
    {
        AllowHeader.AddHead(context.HttpContext.Response);

        return WriteAsync(context.HttpContext, RequestErrors.OfStatus(context.HttpContext.Response.StatusCode));
    }

    /// <summary>Counts a rejection whose response is not a problem document of this class.</summary>
    public static void Count(HttpContext httpContext, ApiProblem problem) =>
        httpContext.RequestServices.GetRequiredService<MessagingMetrics>().Rejected(problem.Code, MessagingMetrics.Http);

    public static async Task WriteAsync(HttpContext httpContext, ApiProblem problem)
    {
        Count(httpContext, problem);
        var document = new ProblemDocument(problem, Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier);
        var response = httpContext.Response;
        response.StatusCode = problem.Status;
        if (problem.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (QuotaHeaders.IsExhausted(problem) && problem.Details[QuotaHeaders.ResetsAt] is DateTimeOffset resetsAt)
            QuotaHeaders.WriteExhausted(httpContext, resetsAt);

        await response.WriteAsJsonAsync(document, StrictJson.Options, "application/problem+json");
    }

    /// <summary>Returns the key of the endpoint that failed. The exception handler has removed the endpoint from the request.</summary>
    private static IdempotencyKey? KeyOf(HttpContext httpContext) =>
        httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<IdempotencyKey>();

    private static ApiProblem Describe(BadHttpRequestException exception)
    {
        if (exception.StatusCode != StatusCodes.Status400BadRequest)
            return RequestErrors.OfStatus(exception.StatusCode);

        if (exception.InnerException is JsonException json)
            return ApiProblem.Malformed(StrictJson.Describe(json));

        return ParameterName().Match(exception.Message) is { Success: true } parameter
            ? ApiProblem.Malformed(new MalformedRequestException(parameter.Groups["name"].Value, "The value is missing or malformed."))
            : ApiProblem.Malformed(new MalformedRequestException("$", "The body must be a JSON object."));
    }

    [GeneratedRegex("parameter \"[^\"]* (?<name>\\w+)\"")]
    private static partial Regex ParameterName();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void Unexpected(ILogger logger, Exception exception, string method, PathString path);

        [LoggerMessage(2, LogLevel.Warning, "{Method} {Path} could not be served: {Cause}")]
        public static partial void Unavailable(ILogger logger, string method, PathString path, string cause);
    }
}
