using System.Collections.Immutable;
using System.Text.Json.Nodes;
using CleanMessaging.Hostile.Tests.Wire;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Requests;

/// <summary>The parts of a valid request of an operation, so that a test can change one of them.</summary>
/// <param name="PathValues">The path parameters by name.</param>
/// <param name="Query">The query parameters, not URL-encoded.</param>
/// <param name="Body">The body; do not change it, but copy it.</param>
internal sealed record Sample(
    DescribedOperation Operation,
    ImmutableDictionary<string, string> PathValues,
    ImmutableList<(string Name, string Value)> Query,
    ImmutableList<(string Name, string Value)> Headers,
    JsonObject? Body,
    string? Token)
{
    public WireRequest ToRequest()
    {
        var query = string.Join('&', Query.Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}"));
        var request = new WireRequest(Operation.Method, Query.IsEmpty ? Path : $"{Path}?{query}") { Headers = Headers };
        if (Token is not null)
            request = request.WithToken(Token);

        return Body is null ? request : request.WithJson(Body.ToJsonString());
    }

    public string Path => PathValues.Aggregate(
        Operation.Path, (path, value) => path.Replace($"{{{value.Key}}}", Uri.EscapeDataString(value.Value), StringComparison.Ordinal));

    /// <summary>Returns the sample with another body.</summary>
    public Sample With(Action<JsonObject> change)
    {
        var body = (Body ?? throw new InvalidOperationException($"{Operation} takes no body.")).DeepClone().AsObject();
        change(body);

        return this with { Body = body };
    }

    /// <summary>Returns the sample with one query parameter set.</summary>
    public Sample WithQuery(string name, string value) =>
        this with { Query = Query.RemoveAll(pair => pair.Name == name).Add((name, value)) };

    public Sample As(TestUser? caller) => this with { Token = caller?.AccessToken };
}
