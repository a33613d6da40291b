using System.Text.Json;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// What one server says to the others: a fact, that it is there, or that it leaves. A sender numbers its facts 1, 2, 3 and so on,
/// those included that it could not send, so that whoever listens knows when one is missing.
/// </summary>
/// <param name="Number">The fact's own, or of a <see cref="Heartbeat"/> and of <see cref="Leaving"/> that of the latest fact.</param>
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

    /// <summary>Whether the content is something that happened, and not about the sender itself.</summary>
    public bool IsEvent => Content is not (Heartbeat or Leaving);

    /// <summary>Whether other servers are told of it at all.</summary>
    public static bool Carries(object fact) => _kinds.ContainsKey(fact.GetType().Name);

    /// <exception cref="JsonException">It is not what <see cref="Write"/> makes.</exception>
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

/// <summary>The sender is there. Its own comes back to it, and so proves that both ways work.</summary>
internal sealed record Heartbeat;

/// <summary>The sender ends in order: it has said all that it had to say.</summary>
internal sealed record Leaving;
