using System.Text.Json;
using System.Text.Json.Serialization;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// Converts ids. Only the canonical form (RFC 9562) is accepted: 36 characters, lower case, with hyphens, and not all zeros.
/// </summary>
internal sealed class CanonicalGuidConverter : JsonConverter<Guid>
{
    public override Guid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && CanonicalId.TryParse(reader.GetString(), null, out var id))
            return id.Value;

        throw new MemberException(CanonicalId.Form);
    }

    public override void Write(Utf8JsonWriter writer, Guid value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
