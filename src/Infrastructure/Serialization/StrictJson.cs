using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// The JSON rules of REST and hub. Reading is strict: it rejects an unknown, repeated, missing or mistyped member, an unexpected null, a
/// number in a string, and an id that is not in canonical form. The error names the member. Writing includes null members that
/// are not optional.
/// </summary>
public static partial class StrictJson
{
    public static readonly JsonSerializerOptions Options = Create();

    /// <summary>Applies these rules to options that another component created (the web server, the hub protocol).</summary>
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
        foreach (var converter in IdConverters.All)
            options.Converters.Add(converter);
        options.Converters.Add(new UtcInstantConverter());
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { OmitOptional, RejectNullInLists } };
    }

    /// <summary>Reads one hub argument.</summary>
    /// <exception cref="MalformedRequestException">The argument does not have the form that the method requires.</exception>
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

    /// <summary>Names the invalid member without revealing .NET type names.</summary>
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
        if (InvalidText().IsMatch(exception.InnerException?.Message ?? ""))
            return new MalformedRequestException(member, "The text is not valid Unicode: it has an unpaired surrogate, or bytes that are not UTF-8.");

        return new MalformedRequestException(
            member, member == "$" ? "This is not a JSON object of the form needed." : "The value is not of the type needed.");
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        options.MakeReadOnly();

        return options;
    }

    /// <summary>An optional member is omitted, never null: a null could be a mistake, and a mistake could cost points.</summary>
    private static void OmitOptional(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider?.IsDefined(typeof(OptionalAttribute), inherit: false) != true)
                continue;

            property.ShouldSerialize = static (_, value) => value is not null;
            var set = property.Set;
            property.Set = (target, value) =>
            {
                if (value is null)
                    throw new MemberException("Omit the member instead of sending null.");

                set?.Invoke(target, value);
            };
        }
    }

    /// <summary>Rejects null items of lists. The serializer enforces non-null members, but not non-null items.</summary>
    private static void RejectNullInLists(JsonTypeInfo type)
    {
        var lists = type.Properties.Where(property => typeof(IEnumerable<object>).IsAssignableFrom(property.PropertyType)).ToList();
        if (lists.Count == 0)
            return;

        type.OnDeserialized = target =>
        {
            var faulty = lists.Find(list => list.Get?.Invoke(target) is IEnumerable<object?> items && items.Contains(null));
            if (faulty is not null)
                throw new MemberException("A list must not contain null.", $"$.{faulty.Name}");
        };
    }

    private static string MemberOf(string? path) =>
        path is null or "$" ? "$" : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;

    [GeneratedRegex("missing required properties including: '(?<member>[^']+)'")]
    private static partial Regex MissingMembers();

    [GeneratedRegex("JSON property '(?<member>.+?)' could not be mapped")]
    private static partial Regex UnknownMember();

    [GeneratedRegex("UTF-8|UTF-16")]
    private static partial Regex InvalidText();

    [GeneratedRegex("Duplicate property '(?<member>.+?)' encountered")]
    private static partial Regex RepeatedMember();
}
