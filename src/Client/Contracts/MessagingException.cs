using System.Net;

namespace CleanMessaging.Client;

/// <summary>
/// Thrown when the server rejected a request or could not be reached. <see cref="Code"/> identifies the error; a code never changes its
/// meaning. Errors with more details have types of their own.
/// </summary>
public class MessagingException : Exception
{
    private const int RetryAfterMaxSeconds = 3600;

    internal MessagingException(Problem problem)
        : base(problem.Title)
    {
        Code = problem.Code;
        Status = problem.Status;
        IsRetryable = problem.Retryable;
        TraceId = problem.TraceId;
        RetryAfter = problem.RetryAfter is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, RetryAfterMaxSeconds)) : null;
    }

    /// <summary>Creates an error that the client itself detected.</summary>
    private protected MessagingException(
        string code, string message, bool isRetryable, Exception? cause = null, int status = 0, TimeSpan? retryAfter = null)
        : base(message, cause)
    {
        Code = code;
        Status = status;
        IsRetryable = isRetryable;
        RetryAfter = retryAfter is { TotalSeconds: > RetryAfterMaxSeconds } ? TimeSpan.FromSeconds(RetryAfterMaxSeconds) : retryAfter;
    }

    /// <summary>The stable error code, as <c>aggregate.reason</c>. Codes that begin with <c>client.</c> come from this package.</summary>
    public string Code { get; }

    /// <summary>The HTTP status of the response; 0 when there was no response.</summary>
    public int Status { get; }

    /// <summary>Whether the same request may succeed when it is repeated unchanged.</summary>
    public bool IsRetryable { get; }

    /// <summary>How long to wait before a retry, if the server said so; at most an hour.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>
    /// Whether the error is transient: the server could not be reached, or is too busy now. The request itself may be valid.
    /// </summary>
    internal bool IsTransient => IsRetryable || this is ServerUnavailableException;

    /// <summary>The trace id with which the server's operators find the request in the logs.</summary>
    public string? TraceId { get; }
}

/// <summary>Thrown when a member of the request fails validation.</summary>
public sealed class InvalidRequestException : MessagingException
{
    internal InvalidRequestException(Problem problem)
        : base(problem) => Errors = problem.Errors ?? new Dictionary<string, IReadOnlyList<FieldError>>();

    /// <summary>The validation errors by member; empty when the code is sufficient.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<FieldError>> Errors { get; }
}

/// <summary>A validation error of one member.</summary>
public sealed record FieldError(string Code, string Message);

/// <summary>Thrown when the resource does not exist, or this user has no access to it.</summary>
public sealed class NotFoundException : MessagingException
{
    internal NotFoundException(Problem problem)
        : base(problem)
    {
    }
}

/// <summary>Thrown when the message costs more than the sender agreed to pay. Nothing was sent and nothing was charged.</summary>
public sealed class ConsentRequiredException : MessagingException
{
    internal ConsentRequiredException(Problem problem)
        : base(problem)
    {
        Price = problem.Price ?? 0;
        Balance = problem.Balance ?? 0;
        RemainingFree = problem.RemainingFree ?? 0;
        ResetsAt = problem.ResetsAt;
    }

    /// <summary>The price in points.</summary>
    public long Price { get; }

    /// <summary>Points in the wallet.</summary>
    public long Balance { get; }

    /// <summary>Free messages left today.</summary>
    public int RemainingFree { get; }

    /// <summary>When the free messages are reset, by the server's clock.</summary>
    public DateTimeOffset? ResetsAt { get; }
}

/// <summary>Thrown when the wallet has too few points. Nothing was sent or started, and nothing was charged.</summary>
public sealed class InsufficientBalanceException : MessagingException
{
    internal InsufficientBalanceException(Problem problem)
        : base(problem)
    {
        Price = problem.Price ?? 0;
        Balance = problem.Balance ?? 0;
        ResetsAt = problem.ResetsAt;
    }

    /// <summary>The price in points.</summary>
    public long Price { get; }

    /// <summary>Points in the wallet.</summary>
    public long Balance { get; }

    /// <summary>When the free messages are reset, by the server's clock; null when waiting does not help.</summary>
    public DateTimeOffset? ResetsAt { get; }
}

/// <summary>Thrown when starting the conversation costs more than the user agreed to pay. Nothing was created.</summary>
public sealed class PriceChangedException : MessagingException
{
    internal PriceChangedException(Problem problem)
        : base(problem)
    {
        Price = problem.Price ?? 0;
        PointsCost = problem.PointsCost ?? 0;
    }

    /// <summary>The price in points.</summary>
    public long Price { get; }

    /// <summary>The price in points that the user agreed to.</summary>
    public long PointsCost { get; }
}

/// <summary>Thrown when the user has already spent the points that a reversal would take back. Nothing was reversed.</summary>
public sealed class ReversalExceedsBalanceException : MessagingException
{
    internal ReversalExceedsBalanceException(Problem problem)
        : base(problem)
    {
        Amount = problem.Amount ?? 0;
        Balance = problem.Balance ?? 0;
    }

    /// <summary>The points that the reversal would take back.</summary>
    public long Amount { get; }

    /// <summary>Points in the wallet.</summary>
    public long Balance { get; }
}

/// <summary>
/// Thrown when a message can no longer be edited or deleted, or not from this version, or expires earlier already
/// (<c>message.edit_conflict</c>, <c>message.edit_window_over</c>, <c>message.too_many_edits</c>, <c>message.delete_window_over</c>,
/// <c>message.expiration_only_earlier</c>), and when the user can hide no more messages or pin no more conversations
/// (<c>conversation.too_many_hidden</c>, <c>conversation.too_many_pinned</c>). Nothing was changed.
/// </summary>
public sealed class ChangeRejectedException : MessagingException
{
    internal ChangeRejectedException(Problem problem)
        : base(problem)
    {
        Version = problem.Version;
        Max = problem.Max;
        EditableUntil = problem.EditableUntil;
        DeletableUntil = problem.DeletableUntil;
        ExpiresAt = problem.ExpiresAt;
    }

    /// <summary>The current version of the message, if another edit came first.</summary>
    public int? Version { get; }

    /// <summary>The maximum number of edits, of hidden messages or of pinned conversations, if it was reached.</summary>
    public int? Max { get; }

    /// <summary>Until when the message could be edited, by the server's clock, if that time has passed.</summary>
    public DateTimeOffset? EditableUntil { get; }

    /// <summary>Until when the message could be deleted, by the server's clock, if that time has passed.</summary>
    public DateTimeOffset? DeletableUntil { get; }

    /// <summary>When the message expires, by the server's clock, if the requested time is not earlier.</summary>
    public DateTimeOffset? ExpiresAt { get; }
}

/// <summary>
/// Thrown when the server does not accept a file: it is too large (<c>attachment.too_large</c>), takes more space than the user has left
/// (<c>attachment.storage_full</c>), has an extension that the server does not allow (<c>attachment.type_refused</c>), or the user has too
/// many uploads (<c>attachment.too_many_uploads</c>, <c>attachment.too_many_uploads_today</c>). Also thrown for a part at the wrong place
/// (<c>attachment.offset_mismatch</c>), for too many parts (<c>attachment.too_many_parts</c>), and when bytes are missing
/// (<c>attachment.incomplete</c>).
/// </summary>
public sealed class UploadRejectedException : MessagingException
{
    internal UploadRejectedException(Problem problem)
        : base(problem)
    {
        (MaxBytes, BytesUsed, BytesLimit) = (problem.MaxBytes, problem.BytesUsed, problem.BytesLimit);
        (Max, Extension, ResetsAt) = (problem.Max, problem.Extension, problem.ResetsAt);
        (Offset, Bytes) = (problem.Offset, problem.Bytes);
    }

    /// <summary>The maximum size of a file, if the file is larger.</summary>
    public long? MaxBytes { get; }

    /// <summary>The space that the user's files take, if too little is left.</summary>
    public long? BytesUsed { get; }

    /// <summary>The space that the user may take, if too little is left.</summary>
    public long? BytesLimit { get; }

    /// <summary>The maximum number of uploads or of parts, if it was reached.</summary>
    public int? Max { get; }

    /// <summary>When the user can begin another upload, if too many were begun in a day.</summary>
    public DateTimeOffset? ResetsAt { get; }

    /// <summary>The extension that the server does not allow.</summary>
    public string? Extension { get; }

    /// <summary>How many bytes the server has, if that is not what the request says.</summary>
    public long? Offset { get; }

    /// <summary>How many bytes the file has, if some of them are missing.</summary>
    public long? Bytes { get; }
}

/// <summary>Thrown when the server does not offer a feature, because its operator has not set it up.</summary>
public sealed class FeatureDisabledException : MessagingException
{
    internal FeatureDisabledException(Problem problem)
        : base(problem) => Feature = problem.Feature ?? "";

    /// <summary>The name of the feature, such as <c>attachments</c>.</summary>
    public string Feature { get; }
}

/// <summary>
/// Thrown after too many requests, connections or wrong passwords. <see cref="MessagingException.RetryAfter"/> says when to retry.
/// </summary>
public sealed class RateLimitedException : MessagingException
{
    internal RateLimitedException(Problem problem)
        : base(problem)
    {
    }
}

/// <summary>Thrown when no user is signed in, or the sign-in has ended. Log in again.</summary>
public sealed class SignedOutException : MessagingException
{
    internal SignedOutException(Problem problem)
        : base(problem)
    {
    }

    internal SignedOutException()
        : base("client.signed_out", "No user is signed in. Log in first.", isRetryable: false)
    {
    }
}

/// <summary>
/// Thrown when the server could not be reached, or could not handle the request now. When <see cref="IsOutcomeUnknown"/> is true, the
/// request may have taken effect: repeat it with the same key, or read the current state.
/// </summary>
public sealed class ServerUnavailableException : MessagingException
{
    internal ServerUnavailableException(Problem problem)
        : base(problem) => IsOutcomeUnknown = problem.Code is "storage.outcome_unknown" or "internal_error";

    internal ServerUnavailableException(Exception cause)
        : base("client.unreachable", "The server could not be reached.", isRetryable: true, cause) => IsOutcomeUnknown = true;

    /// <summary>Creates the error for a response that is not from the server, such as one from a proxy or a captive portal.</summary>
    internal ServerUnavailableException(HttpStatusCode status, TimeSpan? retryAfter, Exception? cause = null)
        : base(
            "client.unexpected_answer",
            $"The response did not come from the server: HTTP {(int)status}.",
            isRetryable: true,
            cause,
            (int)status,
            retryAfter) =>
        IsOutcomeUnknown = true;

    /// <summary>Whether the request may have taken effect despite the error.</summary>
    public bool IsOutcomeUnknown { get; }
}
