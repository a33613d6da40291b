using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanMessaging.Hostile.Tests.Wire;

/// <summary>A parsed HTTP/1.1 response.</summary>
/// <param name="Headers">The headers by case-insensitive name; several values of one name are joined with a comma.</param>
internal sealed record WireAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The code of a problem document; null for any other response.</summary>
    public string? Code =>
        Body.Length > 0
            && Headers.GetValueOrDefault("Content-Type") == "application/problem+json"
            && Json.TryGetProperty("code", out var code)
            ? code.GetString()
            : null;

    /// <summary>
    /// Whether the HTTP server rejected the request before the application saw it. Such a response contains only the status, and the
    /// connection closes.
    /// </summary>
    public bool IsBareError => Status is 400 or 405 or 408 or 413 or 414 or 417 or 431 or 501 or 505 && Body.Length == 0 && Closes;

    public bool Closes => Headers.GetValueOrDefault("Connection") == "close";

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>Returns status and code in the format of the test tables: <c>404 conversation.not_found</c>.</summary>
    public string Outcome => Code is { } code ? $"{Status} {code}" : $"{Status}";

    /// <summary>Returns the body without the member that differs between error responses.</summary>
    public string WithoutTrace()
    {
        var body = JsonNode.Parse(Body)!.AsObject();
        body.Remove("traceId");

        return body.ToJsonString();
    }

    public override string ToString() => $"{Status} {Text}";
}
