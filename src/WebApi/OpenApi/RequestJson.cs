using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Serializes a request as a client does: omits <see cref="OptionalAttribute"/> members that are null, as the server requires.
/// </summary>
internal static class RequestJson
{
    public static readonly JsonSerializerOptions Options = new(StrictJson.Options)
    {
        TypeInfoResolver = StrictJson.Options.TypeInfoResolver!.WithAddedModifier(LeaveOutOptional),
    };

    private static void LeaveOutOptional(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider?.IsDefined(typeof(OptionalAttribute), inherit: false) == true)
                property.ShouldSerialize = static (_, value) => value is not null;
        }
    }
}
