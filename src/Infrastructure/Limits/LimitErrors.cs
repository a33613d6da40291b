using CleanMessaging.Infrastructure.Errors;
using Microsoft.AspNetCore.Http;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>What callers are told who ask for too much. Each rejection comes before anything is done, so repeating later is safe.</summary>
public static class LimitErrors
{
    public const string BusyCode = "server.busy";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _verySoon = TimeSpan.FromSeconds(1);

    /// <summary>More requests or hub calls than a caller may make.</summary>
    public static ApiProblem TooManyRequests(TimeSpan retryAfter) =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.exceeded", "Too many requests. Nothing was changed.", retryAfter);

    /// <summary>More requests of a caller at the same time than may run, or wait.</summary>
    public static ApiProblem TooManyAtOnce() =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.concurrency", "Too many requests at the same time. Nothing was changed.", _verySoon);

    /// <summary>A search that ran into its time limit.</summary>
    public static ApiProblem SearchTooSlow() =>
        Later(StatusCodes.Status503ServiceUnavailable, "user.search_too_slow", "The search took too long. Try again, or search for more characters.", _verySoon);

    /// <summary>More wrong passwords than may be tried; the same whether there is such an account or not.</summary>
    public static ApiProblem TooManyWrongPasswords(TimeSpan retryAfter) =>
        Later(StatusCodes.Status429TooManyRequests, "auth.too_many_attempts", "Too many wrong passwords. Wait before you try again.", retryAfter);

    /// <summary>More hub connections than one user, or one address, may have.</summary>
    public static ApiProblem TooManyConnections() =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.connections", "Too many open connections. Close one and try again.", _soon);

    /// <summary>The server has its hands full, whoever asks.</summary>
    public static ApiProblem Busy() =>
        Later(StatusCodes.Status503ServiceUnavailable, BusyCode, "The server has too much to do. Nothing was changed.", _soon);

    private static ApiProblem Later(int status, string code, string title, TimeSpan retryAfter) =>
        new(status, code, title, Retryable: true) { RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)) };
}
