namespace CleanMessaging.WebApi.Responses;

internal static class ReplayHeader
{
    public const string Name = "Idempotency-Replayed";

    /// <summary>The request header that makes a credit idempotent.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>Marks the response as the repeated response to an earlier request with the same key.</summary>
    public static void MarkReplayed(this HttpContext httpContext) => httpContext.Response.Headers[Name] = "true";
}
