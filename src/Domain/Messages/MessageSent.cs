using System.Text.Json.Serialization;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// A message was accepted, priced and numbered. Contains everything that recipients see, so that notifying them needs no query.
/// </summary>
public sealed record MessageSent(
    MessageId MessageId,
    ConversationId ConversationId,
    long Sequence,
    long Revision,
    UserId SenderId,
    string Content,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    ClientMessageId? ClientMessageId,
    IReadOnlyList<Guid> ParticipantIds) : ICreationEvent, IConversationEvent
{
    /// <summary>
    /// The sequence of the message that this one replies to; null if it is not a reply. It is then omitted between servers, because servers
    /// of the first release reject an unknown member.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ReplyToSequence { get; init; }

    /// <summary>
    /// The attachments; null if there are none. They are then omitted between servers, because servers of the first release reject an
    /// unknown member.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MessageAttachment>? Attachments { get; init; }

    Type ICreationEvent.AggregateType => typeof(Message);

    Guid ICreationEvent.AggregateId => MessageId;

    /// <summary>Returns the message id without the text, so that the text never reaches a log.</summary>
    public override string ToString() => $"{nameof(MessageSent)} {MessageId}";
}
