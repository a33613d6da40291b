using System.Globalization;
using System.Text.Json;

namespace CleanMessaging.Tests.Support;

/// <summary>An operation of the OpenAPI document.</summary>
public sealed record DescribedOperation(string Method, string Path, JsonElement Body)
{
    public string Id => Body.GetProperty("operationId").GetString()!;

    public bool NeedsToken => Body.TryGetProperty("security", out var security) && security.GetArrayLength() > 0;

    public IEnumerable<JsonElement> Parameters => Body.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : [];

    /// <summary>The content of the request body, if the operation has one in JSON.</summary>
    public JsonElement? Request =>
        Body.TryGetProperty("requestBody", out var request)
        && request.GetProperty("content").TryGetProperty("application/json", out var content)
            ? content
            : null;

    public IEnumerable<(int Status, JsonElement Response)> Responses =>
        Body
            .GetProperty("responses")
            .EnumerateObject()
            .Select(response => (int.Parse(response.Name, CultureInfo.InvariantCulture), response.Value));

    /// <summary>The content of the success responses in JSON. Only operations on bytes have none.</summary>
    public IEnumerable<JsonElement> Answers =>
        from response in Responses
        where response.Status < 300
        where response.Response.TryGetProperty("content", out _)
        where response.Response.GetProperty("content").TryGetProperty("application/json", out _)
        select response.Response.GetProperty("content").GetProperty("application/json");

    /// <summary>The content of the error responses.</summary>
    public IEnumerable<(int Status, JsonElement Content)> Errors =>
        Responses
            .Where(response => response.Status >= 400)
            .Select(response => (response.Status, response.Response.GetProperty("content").GetProperty("application/problem+json")));

    /// <summary>Returns every operation of a document.</summary>
    public static IReadOnlyList<DescribedOperation> AllOf(JsonElement document) =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select new DescribedOperation(operation.Name.ToUpperInvariant(), path.Name, operation.Value),
    ];

    /// <summary>Returns the example or examples of a content.</summary>
    public static IReadOnlyList<JsonElement> ExamplesOf(JsonElement content)
    {
        if (content.TryGetProperty("example", out var example))
            return [example];

        return content.TryGetProperty("examples", out var examples)
            ? [.. examples.EnumerateObject().Select(named => named.Value.GetProperty("value"))]
            : [];
    }

    public override string ToString() => $"{Method} {Path}";
}
