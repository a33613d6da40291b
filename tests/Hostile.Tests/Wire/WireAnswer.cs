using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanMessaging.Hostile.Tests.Wire;

/// <summary>What came back over the wire.</summary>
/// <param name="Headers">By name in any case; several values of one name are joined with a comma.</param>
internal sealed record WireAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The code of a problem document; null when this is none.</summary>
    public string? Code =>
        Body.Length > 0 && Headers.GetValueOrDefault("Content-Type") == "application/problem+json" && Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>
    /// Whether the server rejected to read on: then nothing of the application has seen the request, there is nothing to tell but the
    /// status, and the connection ends.
    /// </summary>
    public bool IsBareError => Status is 400 or 405 or 408 or 413 or 414 or 417 or 431 or 501 or 505 && Body.Length == 0 && Closes;

    public bool Closes => Headers.GetValueOrDefault("Connection") == "close";

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>Status and code, as tables write it: <c>404 conversation.not_found</c>.</summary>
    public string Outcome => Code is { } code ? $"{Status} {code}" : $"{Status}";

    /// <summary>The body without the one member in which rejections differ from request to request.</summary>
    public string WithoutTrace()
    {
        var body = JsonNode.Parse(Body)!.AsObject();
        body.Remove("traceId");

        return body.ToJsonString();
    }

    public override string ToString() => $"{Status} {Text}";
}
