using System.Globalization;
using System.Text.Json;

namespace CleanMessaging.Api.Tests.OpenApi;

/// <summary>Validates JSON against the document's schemas. Supports the JSON Schema keywords that the document uses.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    /// <summary>Returns the violations of a value, one line each; empty when the value is valid.</summary>
    public IReadOnlyList<string> Faults(JsonElement schema, JsonElement value, string place = "$")
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return Faults(Resolve(reference.GetString()!), value, place);

        if (schema.TryGetProperty("oneOf", out var choices))
        {
            var attempts = choices.EnumerateArray().Select(choice => Faults(choice, value, place)).ToList();

            return attempts.Count(faults => faults.Count == 0) == 1
                ? []
                : [$"{place}: not exactly one of: {string.Join("; ", attempts.SelectMany(fault => fault))}"];
        }

        if (!TypesOf(schema).Contains(TypeOf(value)))
            return [$"{place}: {value} is not {string.Join(" or ", TypesOf(schema))}"];

        if (schema.TryGetProperty("enum", out var members)
            && members.EnumerateArray().All(member => !JsonElement.DeepEquals(member, value)))
        {
            return [$"{place}: {value} is none of {members}"];
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object => [.. FaultsOfObject(schema, value, place)],
            JsonValueKind.Array =>
                [.. value.EnumerateArray().SelectMany((item, index) => Faults(schema.GetProperty("items"), item, $"{place}[{index}]"))],
            JsonValueKind.Number => [.. FaultsOfNumber(schema, value, place)],
            JsonValueKind.String => [.. FaultsOfString(schema, value.GetString()!, place)],
            _ => [],
        };
    }

    private IEnumerable<string> FaultsOfObject(JsonElement schema, JsonElement value, string place)
    {
        var known = schema.TryGetProperty("properties", out var properties) ? properties : default;
        var missing = schema.TryGetProperty("required", out var required)
            ? required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _))
            : [];
        foreach (var name in missing)
            yield return $"{place}.{name}: missing";

        foreach (var member in value.EnumerateObject())
        {
            if (known.ValueKind == JsonValueKind.Object && known.TryGetProperty(member.Name, out var expected))
            {
                foreach (var fault in Faults(expected, member.Value, $"{place}.{member.Name}"))
                    yield return fault;
            }
            else if (schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.False)
            {
                yield return $"{place}.{member.Name}: unknown";
            }
        }
    }

    private static IEnumerable<string> FaultsOfNumber(JsonElement schema, JsonElement value, string place)
    {
        if (schema.TryGetProperty("minimum", out var minimum) && value.GetInt64() < minimum.GetInt64())
            yield return $"{place}: {value} is below {minimum}";
        if (schema.TryGetProperty("maximum", out var maximum) && value.GetInt64() > maximum.GetInt64())
            yield return $"{place}: {value} is above {maximum}";
    }

    private static IEnumerable<string> FaultsOfString(JsonElement schema, string value, string place)
    {
        var format = schema.TryGetProperty("format", out var name) ? name.GetString() : null;
        var fits = format switch
        {
            "uuid" => Guid.TryParseExact(value, "D", out _),
            "date-time" =>
                DateTimeOffset.TryParseExact(
                    value, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            _ => true,
        };
        if (!fits)
            yield return $"{place}: {value} is no {format}";
    }

    private JsonElement Resolve(string reference) =>
        reference[2..].Split('/').Aggregate(document, (element, segment) => element.GetProperty(segment));

    private static IReadOnlyList<string?> TypesOf(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? throw new InvalidOperationException($"A schema without a type: {schema}")
        : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString())]
        : [type.GetString()];

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "integer",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };
}
