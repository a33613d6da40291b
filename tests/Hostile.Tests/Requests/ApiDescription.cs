using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Requests;

/// <summary>
/// The server's OpenAPI document. All requests are generated from it, so that the tests cover new operations automatically.
/// </summary>
public sealed class ApiDescription(JsonElement document)
{
    public IReadOnlyList<DescribedOperation> Operations { get; } = DescribedOperation.AllOf(document);

    public IEnumerable<DescribedOperation> WithBody => Operations.Where(operation => operation.Request is not null);

    /// <summary>Returns the members of an operation's body.</summary>
    public IReadOnlyList<Member> MembersOf(DescribedOperation operation) =>
        operation.Request is { } request ? MembersOf(request.GetProperty("schema")) : [];

    /// <summary>Resolves a reference.</summary>
    public JsonElement Resolve(JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference)
            ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;

    private List<Member> MembersOf(JsonElement reference)
    {
        var schema = Resolve(reference);
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet()
            : [];

        return
        [
            .. from member in schema.GetProperty("properties").EnumerateObject()
               let value = Resolve(member.Value)
               select new Member(
                   member.Name, KindOf(value), required.Contains(member.Name), TypesOf(value).Contains("null"), ItemsOf(value)),
        ];
    }

    private List<Member> ItemsOf(JsonElement schema) =>
        schema.TryGetProperty("items", out var items) && Resolve(items).TryGetProperty("properties", out _) ? MembersOf(items) : [];

    private static MemberKind KindOf(JsonElement schema) => TypesOf(schema) switch
    {
        _ when schema.TryGetProperty("enum", out _) => MemberKind.Choice,
        var types when types.Contains("integer") => MemberKind.Number,
        var types when types.Contains("array") => MemberKind.List,
        var types when types.Contains("boolean") => MemberKind.Truth,
        var types when types.Contains("string") =>
            schema.TryGetProperty("format", out var format) && format.GetString() == "uuid" ? MemberKind.Id : MemberKind.Text,
        var types when types.Contains("object") || schema.TryGetProperty("oneOf", out _) => MemberKind.Nested,
        _ => throw new NotSupportedException($"No kind for {schema}."),
    };

    private static IReadOnlyList<string?> TypesOf(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? []
        : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString())]
        : [type.GetString()];
}

/// <param name="Items">The members of each item, when this is a list of objects.</param>
public sealed record Member(string Name, MemberKind Kind, bool Required, bool Nullable, IReadOnlyList<Member> Items);

public enum MemberKind
{
    Id,
    Text,
    Choice,
    Number,
    Truth,
    List,
    Nested,
}
