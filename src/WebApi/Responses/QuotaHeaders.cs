using System.Globalization;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Infrastructure.Errors;

namespace CleanMessaging.WebApi.Responses;

/// <summary>
/// Writes the sender's free messages to the headers of draft-ietf-httpapi-ratelimit-headers: <c>q</c> per day, <c>r</c> left, <c>t</c>
/// seconds until they are available again.
/// </summary>
internal static class QuotaHeaders
{
    public const string Policy = "RateLimit-Policy";
    public const string Current = "RateLimit";

    /// <summary>The error detail with the time at which free messages are available again.</summary>
    public const string ResetsAt = "resetsAt";

    private const int SecondsPerDay = 86_400;

    public static void Write(HttpContext httpContext, QuotaStatus quota)
    {
        httpContext.Response.Headers[Policy] =
            string.Create(CultureInfo.InvariantCulture, $"\"free\";q={quota.DailyFreeLimit};w={SecondsPerDay}");
        httpContext.Response.Headers[Current] =
            string.Create(CultureInfo.InvariantCulture, $"\"free\";r={quota.RemainingFree};t={SecondsUntil(httpContext, quota.ResetsAt)}");
    }

    /// <summary>Whether a request was rejected because no free message was left.</summary>
    public static bool IsExhausted(ApiProblem problem) =>
        problem.Status == StatusCodes.Status402PaymentRequired && problem.Details.ContainsKey(ResetsAt);

    /// <summary>Writes the headers for a send that was rejected because no free message was left.</summary>
    public static void WriteExhausted(HttpContext httpContext, DateTimeOffset resetsAt) =>
        httpContext.Response.Headers[Current] =
            string.Create(CultureInfo.InvariantCulture, $"\"free\";r=0;t={SecondsUntil(httpContext, resetsAt)}");

    private static long SecondsUntil(HttpContext httpContext, DateTimeOffset instant)
    {
        var now = httpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();

        return Math.Max(0, (long)Math.Ceiling((instant - now).TotalSeconds));
    }
}
