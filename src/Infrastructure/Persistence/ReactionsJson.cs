using System.Buffers;
using System.Text;
using System.Text.Json;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// The form in which reactions are stored: an object with the ids of the users as names, so that it cannot contain two reactions of a user.
/// For example <c>{"01a2…": {"emoji": "👍", "at": "2026-11-23T05:16:42.517429Z"}}</c>.
/// </summary>
internal static class ReactionsJson
{
    public static MessageReactions? Read(string? json)
    {
        if (json is null)
            return null;

        using var document = JsonDocument.Parse(json);

        return MessageReactions.Of([.. document.RootElement.EnumerateObject().Select(Read)]);
    }

    public static string? Write(MessageReactions? reactions)
    {
        if (reactions is null)
            return null;

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var reaction in reactions.All)
            {
                writer.WriteStartObject(reaction.UserId.ToString());
                writer.WriteString("emoji", reaction.Emoji.Text);
                writer.WriteString("at", reaction.At.UtcDateTime);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Reaction Read(JsonProperty reaction)
    {
        var text = reaction.Value.GetProperty("emoji").GetString()!;
        if (!Emoji.TryParse(text, out var emoji))
            throw new JsonException("The stored reaction is not one emoji.");

        return new Reaction(new UserId(Guid.Parse(reaction.Name)), emoji, reaction.Value.GetProperty("at").GetDateTimeOffset());
    }
}
