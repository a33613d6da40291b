using System.Text.Json.Serialization;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>A user has started or stopped typing in a conversation. Not stored.</summary>
/// <param name="Until">When the indicator expires without another event.</param>
/// <param name="Sequence">The sequence of the conversation's newest message.</param>
/// <param name="Revision">The conversation's current revision.</param>
/// <param name="NotifiedIds">The other participants. The name between servers is that of the first release.</param>
internal sealed record UserTyped(
    ConversationId ConversationId,
    UserId UserId,
    bool IsTyping,
    DateTimeOffset Until,
    long Sequence,
    long Revision,
    [property: JsonPropertyName("toldIds")] IReadOnlyList<Guid> NotifiedIds);
