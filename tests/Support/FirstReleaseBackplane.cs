using System.Text.Json;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Reads backplane messages as the first release does: it rejects an unknown member, a missing one, and an unknown kind. What a newer
/// server sends has to be readable for it, because both run at the same time during an upgrade.
/// </summary>
public static class FirstReleaseBackplane
{
    private static readonly Dictionary<string, Type> _kinds = new()
    {
        ["Pulse"] = typeof(Pulse),
        ["Leaving"] = typeof(Leaving),
        ["MessageSent"] = typeof(MessageSent),
        ["MessagesRead"] = typeof(MessagesRead),
        ["ConversationStarted"] = typeof(ConversationStarted),
        ["UserTyped"] = typeof(UserTyped),
        ["SessionEnded"] = typeof(SessionEnded),
    };

    /// <summary>Returns the kind of a message.</summary>
    /// <exception cref="JsonException">The first release cannot read the message, so its clients would resync.</exception>
    public static string Read(ReadOnlyMemory<byte> json)
    {
        var envelope = JsonSerializer.Deserialize<Envelope>(json.Span, StrictJson.Options)
            ?? throw new JsonException("An object is needed.");
        if (!_kinds.TryGetValue(envelope.Kind, out var type))
            throw new JsonException("The kind is unknown.");

        return envelope.Content.Deserialize(type, StrictJson.Options) is null
            ? throw new JsonException("The content is missing.")
            : envelope.Kind;
    }

    private sealed record Envelope(Guid Sender, long Number, string Kind, JsonElement Content);

    private sealed record Pulse;

    private sealed record Leaving;

    private sealed record MessageSent(
        Guid MessageId,
        Guid ConversationId,
        long Sequence,
        long Revision,
        Guid SenderId,
        string Content,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt,
        Guid? ClientMessageId,
        IReadOnlyList<Guid> ParticipantIds);

    private sealed record MessagesRead(
        Guid ConversationId, Guid UserId, long AfterSequence, long LastReadSequence, IReadOnlyList<Guid> ParticipantIds, DateTimeOffset At);

    private sealed record ConversationStarted(Guid ConversationId, IReadOnlyList<Guid> ParticipantIds, DateTimeOffset At);

    private sealed record UserTyped(
        Guid ConversationId, Guid UserId, bool IsTyping, DateTimeOffset Until, long Sequence, long Revision, IReadOnlyList<Guid> ToldIds);

    private sealed record SessionEnded(Guid UserId, Guid SessionId, DateTimeOffset At);
}
