namespace CleanMessaging.WebApi.Responses;

/// <summary>The headers of requests that take effect once.</summary>
internal static class IdempotencyHeaders
{
    /// <summary>The request header that makes a credit idempotent.</summary>
    public const string Key = "Idempotency-Key";

    /// <summary>The response header of a repeated response.</summary>
    public const string Replayed = "Idempotency-Replayed";

    /// <summary>Marks the response as the repeated response to an earlier request with the same key.</summary>
    public static void MarkReplayed(this HttpContext httpContext) => httpContext.Response.Headers[Replayed] = "true";
}
