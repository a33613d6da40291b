namespace CleanMessaging.WebApi.Endpoints;

internal static class ReplayHeader
{
    public const string Name = "Idempotency-Replayed";

    /// <summary>Says that the answer is that of an earlier request under the same key.</summary>
    public static void MarkReplayed(this HttpContext httpContext) => httpContext.Response.Headers[Name] = "true";
}
