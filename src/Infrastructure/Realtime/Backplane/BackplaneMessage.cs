using System.Text.Json;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// A message from one server to the others: an event, a heartbeat or a notice that the server leaves. A sender numbers its events 1, 2, 3 and so on, including events that
/// it could not send, so that a receiver detects a missing one.
/// </summary>
/// <param name="Number">The number of the event; for a <see cref="Heartbeat"/> and for <see cref="Leaving"/> the number of the latest event.</param>
internal sealed record BackplaneMessage(Guid Sender, long Number, object Content)
{
    private static readonly Dictionary<string, Type> _kinds = new[]
    {
        typeof(Heartbeat),
        typeof(Leaving),
        typeof(MessageSent),
        typeof(MessagesRead),
        typeof(ConversationStarted),
        typeof(UserTyped),
        typeof(SessionEnded),
    }.ToDictionary(type => type.Name);

    /// <summary>Whether the content is an event; otherwise it describes the state of the sender.</summary>
    public bool IsEvent => Content is not (Heartbeat or Leaving);

    /// <summary>Returns whether the backplane sends events of this type to other servers.</summary>
    public static bool Carries(object content) => _kinds.ContainsKey(content.GetType().Name);

    /// <exception cref="JsonException">The text was not written by <see cref="Write"/>.</exception>
    public static BackplaneMessage Read(ReadOnlyMemory<byte> json)
    {
        var envelope = JsonSerializer.Deserialize<Envelope>(json.Span, StrictJson.Options) ?? throw new JsonException("An object is needed.");
        if (!_kinds.TryGetValue(envelope.Kind, out var type))
            throw new JsonException("The kind is unknown.");

        return new BackplaneMessage(
            envelope.Sender,
            envelope.Number,
            envelope.Content.Deserialize(type, StrictJson.Options) ?? throw new JsonException("The content is missing."));
    }

    public byte[] Write() =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Envelope(Sender, Number, Content.GetType().Name, JsonSerializer.SerializeToElement(Content, Content.GetType(), StrictJson.Options)),
            StrictJson.Options);

    private sealed record Envelope(Guid Sender, long Number, string Kind, JsonElement Content);
}

/// <summary>The sender is alive. A sender also receives its own heartbeat, which proves that publishing and subscribing work.</summary>
internal sealed record Heartbeat;

/// <summary>The sender shuts down in order and has sent all of its events.</summary>
internal sealed record Leaving;
