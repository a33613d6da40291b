using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// The one JSON dialect of REST and hub. Reading is strict: an unknown, repeated, missing or mistyped member, a null where none
/// belongs, a number in a string or an id in another than its canonical form is rejected, with the member named. Writing keeps
/// null members.
/// </summary>
public static partial class StrictJson
{
    public static readonly JsonSerializerOptions Options = Create();

    /// <summary>Sets options that somebody else made (the web server, the hub protocol) to this dialect.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.Encoder = MinimalJsonEncoder.Instance;
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.Converters.Add(new EnumNameConverter());
        options.Converters.Add(new CanonicalGuidConverter());
        options.Converters.Add(new UtcInstantConverter());
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RejectNullForOptional, RejectNullInLists } };
    }

    /// <summary>Reads one hub argument.</summary>
    /// <exception cref="MalformedRequestException">It is not what the method takes.</exception>
    public static T Read<T>(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
            throw new MalformedRequestException("$", "The call takes one argument, an object.");

        try
        {
            return element.Deserialize<T>(Options) ?? throw new MalformedRequestException("$", "An object is needed.");
        }
        catch (JsonException exception)
        {
            throw Describe(exception);
        }
    }

    /// <summary>Names the member that could not be read, without naming our types.</summary>
    public static MalformedRequestException Describe(JsonException exception)
    {
        if (exception is MemberException named)
            return new MalformedRequestException(MemberOf(exception.Path), named.Message);

        if (MissingMembers().Match(exception.Message) is { Success: true } missing)
            return new MalformedRequestException(missing.Groups["member"].Value, "The member is missing.");

        if (UnknownMember().Match(exception.Message) is { Success: true } unknown)
            return new MalformedRequestException(unknown.Groups["member"].Value, "There is no such member.");

        if (RepeatedMember().Match(exception.Message) is { Success: true } repeated)
            return new MalformedRequestException(repeated.Groups["member"].Value, "The member appears twice.");

        var member = MemberOf(exception.Path);

        return new MalformedRequestException(member, member == "$" ? "This is not a JSON object of the form needed." : "The value is not of the type needed.");
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        options.MakeReadOnly();

        return options;
    }

    /// <summary>An optional member is left out, not null: a null could as well be a mistake, and a mistake may cost points.</summary>
    private static void RejectNullForOptional(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider?.IsDefined(typeof(OptionalAttribute), inherit: false) != true)
                continue;

            var set = property.Set;
            property.Set = (target, value) =>
            {
                if (value is null)
                    throw new MemberException("Leave the member out instead of sending null.");

                set?.Invoke(target, value);
            };
        }
    }

    /// <summary>The serializer respects that a member cannot be null, but not that an item of a list cannot.</summary>
    private static void RejectNullInLists(JsonTypeInfo type)
    {
        var lists = type.Properties.Where(property => typeof(IEnumerable<object>).IsAssignableFrom(property.PropertyType)).ToList();
        if (lists.Count == 0)
            return;

        type.OnDeserialized = target =>
        {
            var faulty = lists.Find(list => list.Get?.Invoke(target) is IEnumerable<object?> items && items.Contains(null));
            if (faulty is not null)
                throw new MemberException("No item of a list is null.", $"$.{faulty.Name}");
        };
    }

    private static string MemberOf(string? path) =>
        path is null or "$" ? "$" : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;

    [GeneratedRegex("missing required properties including: '(?<member>[^']+)'")]
    private static partial Regex MissingMembers();

    [GeneratedRegex("JSON property '(?<member>.+?)' could not be mapped")]
    private static partial Regex UnknownMember();

    [GeneratedRegex("Duplicate property '(?<member>.+?)' encountered")]
    private static partial Regex RepeatedMember();
}
