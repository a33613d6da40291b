using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>Writes a request as a client does: an <see cref="OptionalAttribute"/> member that is null is left out, as it must be.</summary>
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
