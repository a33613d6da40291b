using CleanMessaging.WebApi.Responses;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>A header of a request or a response in the OpenAPI document.</summary>
internal sealed record HeaderDescription(string Name, string Description, string Example)
{
    public static readonly HeaderDescription Replayed =
        new(
            IdempotencyHeaders.Replayed,
            "`true`: the request repeats an earlier one, and had no further effect.",
            "true");

    public static readonly HeaderDescription QuotaPolicy =
        new(QuotaHeaders.Policy, "Free messages (`q`) per window of `w` seconds, which is one calendar day.", "\"free\";q=20;w=86400");

    public static readonly HeaderDescription Quota =
        new(
            QuotaHeaders.Current,
            "Free messages left (`r`), and the seconds until all free messages are available again (`t`).",
            "\"free\";r=17;t=49500");

    public static readonly HeaderDescription QuotaExhausted = Quota with { Example = "\"free\";r=0;t=49500" };

    public static readonly HeaderDescription Location = new(
        HeaderNames.Location, "The address of the new resource.", $"/api/conversations/{Examples.ConversationId}");

    public static readonly HeaderDescription RetryAfter = new(
        HeaderNames.RetryAfter, "Seconds to wait before a retry of the same request.", "1");
}
