using System.Buffers;
using System.Text;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>The form in which a message stores what it shows of its attachments: an array of objects, in the order of the send.</summary>
internal static class AttachmentsJson
{
    public static MessageAttachments? Read(string? json)
    {
        if (json is null)
            return null;

        using var document = JsonDocument.Parse(json);

        return MessageAttachments.Of([.. document.RootElement.EnumerateArray().Select(Read)]);
    }

    public static string? Write(MessageAttachments? attachments)
    {
        if (attachments is null)
            return null;

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var attachment in attachments.All)
                Write(writer, attachment);

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes an attachment without the members that are null.</summary>
    private static void Write(Utf8JsonWriter writer, MessageAttachment attachment)
    {
        writer.WriteStartObject();
        writer.WriteString("id", attachment.Id);
        writer.WriteNumber("kind", (short)attachment.Kind);
        writer.WriteString("name", attachment.Name);
        if (attachment.Description is { } description)
            writer.WriteString("description", description);

        writer.WriteString("contentType", attachment.ContentType);
        writer.WriteNumber("bytes", attachment.Bytes);
        WriteNumber(writer, "width", attachment.Width);
        WriteNumber(writer, "height", attachment.Height);
        if (attachment.Blurhash is { } blurhash)
            writer.WriteString("blurhash", blurhash);

        WriteNumber(writer, "durationMs", attachment.DurationMs);
        if (attachment.Waveform is { } waveform)
        {
            writer.WriteStartArray("waveform");
            foreach (var value in waveform)
                writer.WriteNumberValue(value);

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, int? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    private static MessageAttachment Read(JsonElement attachment) => new(
        attachment.GetProperty("id").GetGuid(),
        (AttachmentKind)attachment.GetProperty("kind").GetInt16(),
        attachment.GetProperty("name").GetString()!,
        Find(attachment, "description")?.GetString(),
        attachment.GetProperty("contentType").GetString()!,
        attachment.GetProperty("bytes").GetInt64(),
        Find(attachment, "width")?.GetInt32(),
        Find(attachment, "height")?.GetInt32(),
        Find(attachment, "blurhash")?.GetString(),
        Find(attachment, "durationMs")?.GetInt32(),
        Find(attachment, "waveform")?.EnumerateArray().Select(value => value.GetInt16()).ToArray());

    private static JsonElement? Find(JsonElement attachment, string name) =>
        attachment.TryGetProperty(name, out var value) ? value : null;
}
