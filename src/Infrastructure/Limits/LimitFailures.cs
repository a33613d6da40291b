using CleanMessaging.Infrastructure.Failures;
using Microsoft.AspNetCore.Http;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>What callers are told who ask for too much. Each refusal comes before anything is done, so repeating later is safe.</summary>
public static class LimitFailures
{
    public const string BusyCode = "server.busy";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(5);

    /// <summary>More requests or hub calls than a caller may make.</summary>
    public static Failure TooManyRequests(TimeSpan retryAfter) =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.exceeded", "Too many requests. Nothing was changed.", retryAfter);

    /// <summary>More requests of a caller at the same time than may run, or wait.</summary>
    public static Failure TooManyAtOnce() =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.concurrency", "Too many requests at the same time. Nothing was changed.", TimeSpan.FromSeconds(1));

    /// <summary>More wrong passwords than may be tried; the same whether there is such an account or not.</summary>
    public static Failure TooManyWrongPasswords(TimeSpan retryAfter) =>
        Later(StatusCodes.Status429TooManyRequests, "auth.too_many_attempts", "Too many wrong passwords. Wait before you try again.", retryAfter);

    /// <summary>More hub connections than one user, or one address, may have.</summary>
    public static Failure TooManyConnections() =>
        Later(StatusCodes.Status429TooManyRequests, "rate_limit.connections", "Too many open connections. Close one and try again.", _soon);

    /// <summary>The server has its hands full, whoever asks.</summary>
    public static Failure Busy() =>
        Later(StatusCodes.Status503ServiceUnavailable, BusyCode, "The server has too much to do. Nothing was changed.", _soon);

    private static Failure Later(int status, string code, string title, TimeSpan retryAfter) =>
        new(status, code, title, Retryable: true) { RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)) };
}
