using System.Text.Json;
using System.Text.Json.Serialization;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// Writes strings with the escapes of <see cref="MinimalJsonEncoder"/>, independently of the writer's encoder. The hub protocol uses its
/// own writer, which escapes every emoji to 12 bytes.
/// </summary>
internal sealed class MinimalStringConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        // Every encoder writes printable ASCII in the same way.
        if (value.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
            writer.WriteStringValue(value);
        else
            writer.WriteStringValue(JsonEncodedText.Encode(value, MinimalJsonEncoder.Instance));
    }
}
