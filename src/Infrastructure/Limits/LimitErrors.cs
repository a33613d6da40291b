using CleanMessaging.Infrastructure.Errors;
using Microsoft.AspNetCore.Http;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// The errors for callers that exceed a limit. The server rejects such a request before it changes anything, so a later retry is safe.
/// </summary>
public static class LimitErrors
{
    public const string BusyCode = "server.busy";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _verySoon = TimeSpan.FromSeconds(1);

    /// <summary>A caller made more requests or hub calls than the rate limit allows.</summary>
    public static ApiProblem TooManyRequests(TimeSpan retryAfter) =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.exceeded", "Too many requests. Nothing was changed.", retryAfter);

    /// <summary>A caller has more concurrent requests than may run or wait.</summary>
    public static ApiProblem TooManyAtOnce() =>
        Later(
            StatusCodes.Status429TooManyRequests,
            "rate_limit.concurrency",
            "Too many requests at the same time. Nothing was changed.",
            _verySoon);

    /// <summary>A search exceeded its time limit.</summary>
    public static ApiProblem SearchTooSlow() =>
        Later(
            StatusCodes.Status503ServiceUnavailable,
            "user.search_too_slow",
            "The search took too long. Try again, or search for more characters.",
            _verySoon);

    /// <summary>More wrong passwords than allowed were tried. The error is the same whether the account exists or not.</summary>
    public static ApiProblem TooManyWrongPasswords(TimeSpan retryAfter) =>
        Later(
            StatusCodes.Status429TooManyRequests,
            "auth.too_many_attempts",
            "Too many wrong passwords. Wait before you try again.",
            retryAfter);

    /// <summary>One user, or one address, has more hub connections than allowed.</summary>
    public static ApiProblem TooManyConnections() =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.connections", "Too many open connections. Close one and try again.", _soon);

    /// <summary>The server is overloaded, independent of the caller.</summary>
    public static ApiProblem Busy() =>
        Later(StatusCodes.Status503ServiceUnavailable, BusyCode, "The server is overloaded. Nothing was changed.", _soon);

    private static ApiProblem Later(int status, string code, string title, TimeSpan retryAfter) =>
        new(status, code, title, Retryable: true) { RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)) };
}
