using System.Text.Json;
using System.Text.Json.Serialization;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// Writes strings with the escapes of <see cref="MinimalJsonEncoder"/>, with any encoder that the writer has: the hub protocol brings a writer of its own, which
/// escapes every emoji to 12 bytes.
/// </summary>
internal sealed class MinimalStringConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        // Of printable ASCII every encoder makes the same.
        if (value.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
            writer.WriteStringValue(value);
        else
            writer.WriteStringValue(JsonEncodedText.Encode(value, MinimalJsonEncoder.Instance));
    }
}
