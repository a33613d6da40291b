using System.Text.Json;
using System.Text.Json.Serialization;
using CleanMessaging.Infrastructure.Realtime.Events;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// A message from one server to the others: an event, a heartbeat or a notice that the server leaves. A sender numbers its events 1, 2, 3
/// and so on, including events that it could not send, so that a receiver detects a missing one.
/// </summary>
/// <param name="Number">
/// The number of the event; for a <see cref="Heartbeat"/> and for <see cref="Leaving"/> the number of the latest event.
/// </param>
/// <remarks>
/// A reader ignores members that it does not know. A newer version may add members and kinds of events:
/// docs/decisions/0036-event-registry.md.
/// </remarks>
internal sealed record BackplaneMessage(Guid Sender, long Number, object Content)
{
    /// <summary>The version that this server writes.</summary>
    public const int CurrentVersion = 1;

    private static readonly IReadOnlyList<EventKind> _kinds =
    [
        // The first release calls its heartbeat a pulse.
        new(typeof(Heartbeat), "Pulse", []) { EarlierWireNames = ["Heartbeat"] },
        new(typeof(Leaving), "Leaving", []),
        .. EventRegistry.Kinds.Where(kind => kind.WireName is not null),
    ];

    private static readonly Dictionary<Type, string> _names = _kinds.ToDictionary(kind => kind.Type, kind => kind.WireName!);

    private static readonly Dictionary<string, Type> _types =
        _kinds.SelectMany(kind => kind.EarlierWireNames.Append(kind.WireName!).Select(name => (name, kind.Type)))
            .ToDictionary(named => named.name, named => named.Type);

    private static readonly JsonSerializerOptions _tolerant =
        new(StrictJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    /// <summary>The version of the sender's messages.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Whether the content is an event; otherwise it describes the state of the sender. Unknown kinds are events.</summary>
    public bool IsEvent => Content is not (Heartbeat or Leaving);

    /// <exception cref="JsonException">The text is not a message, or lacks a member that its kind needs.</exception>
    public static BackplaneMessage Read(ReadOnlyMemory<byte> json)
    {
        var envelope = JsonSerializer.Deserialize<Envelope>(json.Span, _tolerant) ?? throw new JsonException("An object is needed.");
        var content = _types.TryGetValue(envelope.Kind, out var type)
            ? envelope.Content.Deserialize(type, _tolerant) ?? throw new JsonException("The content is missing.")
            : new UnknownEvent();

        return new BackplaneMessage(envelope.Sender, envelope.Number, content) { Version = envelope.Version ?? 1 };
    }

    public byte[] Write() =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Envelope(
                Sender,
                Number,
                _names[Content.GetType()],
                JsonSerializer.SerializeToElement(Content, Content.GetType(), StrictJson.Options))
            {
                Version = Version == 1 ? null : Version,
            },
            StrictJson.Options);

    private sealed record Envelope(Guid Sender, long Number, string Kind, JsonElement Content)
    {
        /// <summary>
        /// Null stands for version 1 and is not written: servers of the first release reject members that they do not know.
        /// </summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Version { get; init; }
    }
}

/// <summary>The sender is alive. A sender also receives its own heartbeat, which proves that publishing and subscribing work.</summary>
internal sealed record Heartbeat;

/// <summary>The sender shuts down in order and has sent all of its events.</summary>
internal sealed record Leaving;

/// <summary>An event of a kind that this version does not know.</summary>
internal sealed record UnknownEvent;
