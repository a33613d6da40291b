using System.Net;

namespace CleanMessaging.Client;

/// <summary>The server rejected a request, or could not be asked. <see cref="Code"/> says which rejection it is, the same for ever.</summary>
public class MessagingException : Exception
{
    internal MessagingException(Problem problem)
        : base(problem.Title)
    {
        Code = problem.Code;
        Status = problem.Status;
        IsRetryable = problem.Retryable;
        TraceId = problem.TraceId;
        RetryAfter = problem.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>A rejection that comes from this side of the wire.</summary>
    private protected MessagingException(
        string code, string message, bool isRetryable, Exception? cause = null, int status = 0, TimeSpan? retryAfter = null)
        : base(message, cause)
    {
        Code = code;
        Status = status;
        IsRetryable = isRetryable;
        RetryAfter = retryAfter;
    }

    /// <summary>What went wrong, as <c>aggregate.reason</c>; stable, to branch on. Codes that begin with <c>client.</c> are this package's own.</summary>
    public string Code { get; }

    /// <summary>The HTTP status of the rejection; 0 when there was no answer.</summary>
    public int Status { get; }

    /// <summary>Whether the very same request may succeed when it is simply repeated.</summary>
    public bool IsRetryable { get; }

    /// <summary>After how long a repetition makes sense, if the server said so.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether it says nothing of the request: the server could not be asked, or has no time now.</summary>
    internal bool IsTransient => IsRetryable || this is ServerUnavailableException;

    /// <summary>By which whoever runs the server finds the request in its logs.</summary>
    public string? TraceId { get; }
}

/// <summary>A member of the request breaks a rule of form.</summary>
public sealed class InvalidRequestException : MessagingException
{
    internal InvalidRequestException(Problem problem)
        : base(problem) => Errors = problem.Errors ?? new Dictionary<string, IReadOnlyList<FieldError>>();

    /// <summary>What is wrong with which member; empty where the code says it all.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<FieldError>> Errors { get; }
}

/// <summary>One thing that is wrong with a member.</summary>
public sealed record FieldError(string Code, string Message);

/// <summary>There is no such thing, or not for this user.</summary>
public sealed class NotFoundException : MessagingException
{
    internal NotFoundException(Problem problem)
        : base(problem)
    {
    }
}

/// <summary>The message costs more than the sender agreed to pay. Nothing was sent and nothing was charged.</summary>
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

    /// <summary>What it costs, in points.</summary>
    public long Price { get; }

    /// <summary>Points in the wallet.</summary>
    public long Balance { get; }

    /// <summary>Free messages left today.</summary>
    public int RemainingFree { get; }

    /// <summary>When the free messages return, by the server's clock.</summary>
    public DateTimeOffset? ResetsAt { get; }
}

/// <summary>There are not enough points. Nothing was sent or started, and nothing was charged.</summary>
public sealed class InsufficientBalanceException : MessagingException
{
    internal InsufficientBalanceException(Problem problem)
        : base(problem)
    {
        Price = problem.Price ?? 0;
        Balance = problem.Balance ?? 0;
        ResetsAt = problem.ResetsAt;
    }

    /// <summary>What it costs, in points.</summary>
    public long Price { get; }

    /// <summary>Points in the wallet.</summary>
    public long Balance { get; }

    /// <summary>When free messages return, by the server's clock; null where waiting does not help.</summary>
    public DateTimeOffset? ResetsAt { get; }
}

/// <summary>Starting the conversation costs more than was agreed to. Nothing was created.</summary>
public sealed class PriceChangedException : MessagingException
{
    internal PriceChangedException(Problem problem)
        : base(problem)
    {
        Price = problem.Price ?? 0;
        PointsCost = problem.PointsCost ?? 0;
    }

    /// <summary>What it costs, in points.</summary>
    public long Price { get; }

    /// <summary>What was agreed to, in points.</summary>
    public long PointsCost { get; }
}

/// <summary>The points that a reversal would take back were spent meanwhile. Nothing was reversed.</summary>
public sealed class ReversalExceedsBalanceException : MessagingException
{
    internal ReversalExceedsBalanceException(Problem problem)
        : base(problem)
    {
        Amount = problem.Amount ?? 0;
        Balance = problem.Balance ?? 0;
    }

    /// <summary>What it would take back, in points.</summary>
    public long Amount { get; }

    /// <summary>Points in the wallet.</summary>
    public long Balance { get; }
}

/// <summary>Too many requests, connections or wrong passwords; <see cref="MessagingException.RetryAfter"/> says when to go on.</summary>
public sealed class RateLimitedException : MessagingException
{
    internal RateLimitedException(Problem problem)
        : base(problem)
    {
    }
}

/// <summary>Nobody is signed in, or the session has ended: log in again.</summary>
public sealed class SignedOutException : MessagingException
{
    internal SignedOutException(Problem problem)
        : base(problem)
    {
    }

    internal SignedOutException()
        : base("client.signed_out", "Nobody is signed in.", isRetryable: false)
    {
    }
}

/// <summary>
/// The server could not be reached, or could not do it now. The request may have taken effect when <see cref="IsOutcomeUnknown"/> says so:
/// then repeat it under the same key, or look.
/// </summary>
public sealed class ServerUnavailableException : MessagingException
{
    internal ServerUnavailableException(Problem problem)
        : base(problem) => IsOutcomeUnknown = problem.Code is "storage.outcome_unknown" or "internal_error";

    internal ServerUnavailableException(Exception cause)
        : base("client.unreachable", "The server could not be reached.", isRetryable: true, cause) => IsOutcomeUnknown = true;

    /// <summary>Something answered that is not the server: a proxy on the way, or the page of a network that wants a login.</summary>
    internal ServerUnavailableException(HttpStatusCode status, TimeSpan? retryAfter, Exception? cause = null)
        : base("client.unexpected_answer", $"What answered was not the server: HTTP {(int)status}.", isRetryable: true, cause, (int)status, retryAfter) =>
        IsOutcomeUnknown = true;

    /// <summary>Whether the request may have taken effect all the same.</summary>
    public bool IsOutcomeUnknown { get; }
}
