using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>A header that an answer comes with.</summary>
internal sealed record ResponseHeader(string Name, string Description, string Example)
{
    public static readonly ResponseHeader Replayed =
        new(ReplayHeader.Name, "`true`: this is the answer to an earlier request under the same key; nothing was done again.", "true");

    public static readonly ResponseHeader QuotaPolicy =
        new(QuotaHeaders.Policy, "Free messages (`q`) in a window of `w` seconds, which is a calendar day.", "\"free\";q=20;w=86400");

    public static readonly ResponseHeader Quota =
        new(QuotaHeaders.Current, "Free messages left (`r`), and the seconds until they return (`t`).", "\"free\";r=17;t=49500");

    public static readonly ResponseHeader QuotaExhausted = Quota with { Example = "\"free\";r=0;t=49500" };

    public static readonly ResponseHeader Location = new(HeaderNames.Location, "Where the new one is.", $"/api/conversations/{Examples.ConversationId}");

    public static readonly ResponseHeader RetryAfter = new(HeaderNames.RetryAfter, "Seconds to wait before the same request is repeated.", "1");

    public OpenApiHeader Describe() =>
        new() { Description = Description, Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = Example };
}
