using System.Text.Json;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Serialization;
using FluentValidation;
using Microsoft.AspNetCore.Http;

namespace CleanMessaging.Infrastructure.Errors;

/// <summary>The error that a caller gets for a failed request. It is the same over HTTP and over the hub.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Code">The stable, public error code. Clients branch on it.</param>
/// <param name="Title">One sentence for people.</param>
/// <param name="Retryable">Whether the same request may succeed when it is repeated unchanged.</param>
public sealed record ApiProblem(int Status, string Code, string Title, bool Retryable = false)
{
    public const string ValidationCode = "validation.failed";

    /// <summary>The error for a new hub connection to a server that is draining.</summary>
    public static readonly ApiProblem Draining =
        new(
            StatusCodes.Status503ServiceUnavailable,
            "server.draining",
            "This server is shutting down. Reconnect to another server.",
            Retryable: true)
        {
            RetryAfterSeconds = 1,
        };

    /// <summary>The storage of attachments, or a part of their inspection, does not answer.</summary>
    public static readonly ApiProblem AttachmentUnavailable =
        new(
            StatusCodes.Status503ServiceUnavailable,
            "attachment.unavailable",
            "Attachments cannot be stored or read at the moment. What was uploaded is kept; repeat the request.",
            Retryable: true)
        {
            RetryAfterSeconds = 5,
        };

    /// <summary>How many seconds the client should wait before it repeats the request.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Named values of the error, such as <c>price</c>.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>();

    /// <summary>The validation errors by request member; empty unless the input was invalid.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<FieldError>> Errors { get; init; } =
        new Dictionary<string, IReadOnlyList<FieldError>>();

    /// <summary>Maps an exception to the error that the caller sees. This is the only place that does so.</summary>
    public static ApiProblem From(Exception exception) => exception switch
    {
        DomainException { Error: var error } => new ApiProblem(StatusOf(error.Kind), error.Code, error.Message) { Details = error.Details },
        ValidationException invalid => Invalid(invalid),
        MalformedRequestException malformed => Malformed(malformed),
        RequestRejectedException rejected => rejected.Problem,
        AttachmentUnavailableException => AttachmentUnavailable,
        StorageUnavailableException unavailable => Unavailable(unavailable.IsOutcomeUnknown, unavailable.IsSafeToRetry),
        _ when PostgresFailure.Classify(exception) != PostgresFailureKind.None => Unavailable(isOutcomeUnknown: false, isSafeToRetry: true),
        _ => new ApiProblem(StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong on our side."),
    };

    public static ApiProblem Malformed(MalformedRequestException malformed) =>
        new(StatusCodes.Status400BadRequest, ValidationCode, "The request is malformed.")
        {
            Errors =
                new Dictionary<string, IReadOnlyList<FieldError>> { [malformed.Member] = [new FieldError("malformed", malformed.Message)] },
        };

    private static ApiProblem Invalid(ValidationException invalid) =>
        new(StatusCodes.Status400BadRequest, ValidationCode, "One or more members of the request are invalid.")
        {
            Errors = invalid.Errors
                .GroupBy(failure => JsonNamingPolicy.CamelCase.ConvertName(failure.PropertyName))
                .ToDictionary(
                    member => member.Key,
                    IReadOnlyList<FieldError> (member) =>
                        [.. member.Select(failure => new FieldError(failure.ErrorCode, failure.ErrorMessage))]),
        };

    private static ApiProblem Unavailable(bool isOutcomeUnknown, bool isSafeToRetry) =>
        isOutcomeUnknown
            ? new ApiProblem(
                StatusCodes.Status503ServiceUnavailable,
                "storage.outcome_unknown",
                isSafeToRetry
                    ? "It is not known whether the change was made. Repeat the request; repeating it does no harm."
                    : "It is not known whether the change was made. Check the current state before you repeat the request.",
                isSafeToRetry)
            {
                RetryAfterSeconds = 1,
            }
            : new ApiProblem(
                StatusCodes.Status503ServiceUnavailable,
                "storage.unavailable",
                "The database did not answer in time. Nothing was changed.",
                Retryable: true)
            {
                RetryAfterSeconds = 1,
            };

    private static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => StatusCodes.Status400BadRequest,
        ErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorKind.PaymentRequired => StatusCodes.Status402PaymentRequired,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.Mismatch => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.Unprocessable => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status500InternalServerError,
    };
}

/// <summary>One validation error of a request member.</summary>
/// <param name="Code">The stable error code.</param>
/// <param name="Message">A short message for people.</param>
public sealed record FieldError(string Code, string Message);
