namespace CleanMessaging.Client;

/// <summary>A message. It has the same content for every participant and in every API.</summary>
/// <param name="Sequence">
/// 1, 2, 3 and so on in the conversation, in the order of acceptance. A missing number belongs to an expired or deleted message.
/// </param>
/// <param name="Revision">The conversation's revision at the message's latest change.</param>
/// <param name="Content">
/// The verbatim text, which is empty if the message only has <see cref="Attachments"/>; null in the response to a repeated send whose
/// message has expired or was deleted, and if the server cannot decrypt the stored text.
/// </param>
/// <param name="ExpiresAt">The instant, by the server's clock, at which the message expires for everyone; null for never.</param>
/// <param name="IsRead">Whether the other participant had read the message when the server responded.</param>
/// <param name="ReadAt">When the other participant read it.</param>
/// <param name="ClientMessageId">The id that the sender's client gave the message.</param>
/// <param name="EditedAt">When the text was last edited; null if never.</param>
/// <param name="Version">How often the text was edited.</param>
/// <param name="ReplyToSequence">
/// The sequence of the earlier message that this one replies to; null if it is not a reply.
/// <see cref="ConversationTimeline.QuoteOf(Message)"/> returns that message.
/// </param>
public sealed record Message(
    Guid Id,
    Guid ConversationId,
    long Sequence,
    long Revision,
    Guid SenderId,
    string? Content,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ExpiresAt,
    bool IsRead,
    DateTimeOffset? ReadAt,
    Guid? ClientMessageId,
    DateTimeOffset? EditedAt = null,
    int Version = 0,
    long? ReplyToSequence = null)
{
    private readonly ValueList<MessageAttachment> _attachments;

    /// <summary>The reactions, at most one for each participant, in the order of their times.</summary>
    public IReadOnlyList<Reaction> Reactions
    {
        // A server of an earlier version does not send it, and the source generator sets null then. Two messages without reactions are
        // equal: the field is null in both.
        get => field ?? [];
        init => field = value is { Count: > 0 } ? value : null;
    }

    /// <summary>The files of the message, in the order of the sender.</summary>
    public IReadOnlyList<MessageAttachment> Attachments
    {
        // A server of an earlier version does not send it.
        get => _attachments.Items;
        init => _attachments = new ValueList<MessageAttachment>(value);
    }

    /// <summary>When the receiver first played the voice message; null for other messages, and until then.</summary>
    public DateTimeOffset? PlayedAt { get; init; }

    /// <summary>Returns the emoji with which a user has reacted; null if there is none.</summary>
    public string? ReactionOf(Guid userId) => Reactions.FirstOrDefault(reaction => reaction.UserId == userId)?.Emoji;

    /// <summary>
    /// Whether the message is still visible at an instant of the server's clock. At <see cref="ExpiresAt"/> itself it has expired.
    /// </summary>
    public bool IsVisibleAt(DateTimeOffset now) => ExpiresAt is not { } end || now < end;
}

/// <summary>A user's reaction to a message.</summary>
/// <param name="Emoji">One emoji.</param>
/// <param name="At">When the user reacted. It is before <see cref="Message.EditedAt"/> if the text was edited since.</param>
public sealed record Reaction(Guid UserId, string Emoji, DateTimeOffset At);

/// <summary>A page of a conversation's messages, oldest first.</summary>
/// <param name="HasMoreBefore">Whether there are visible messages before the page.</param>
/// <param name="HasMoreAfter">Whether there are visible messages after it.</param>
public sealed record MessagePage(IReadOnlyList<Message> Messages, bool HasMoreBefore, bool HasMoreAfter)
{
    /// <summary>The deleted messages in the range of the page, oldest first.</summary>
    public IReadOnlyList<DeletedMessage> Deleted { get; init; } = [];

    /// <summary>
    /// The visible messages that the page's messages reply to and that are not on the page. Those that are too large for the page are
    /// missing; <see cref="MessagesClient.LookUpAsync"/> returns them.
    /// </summary>
    public IReadOnlyList<Message> Quoted { get; init; } = [];
}

/// <summary>Messages with requested sequences.</summary>
/// <param name="Messages">The visible ones, oldest first. The others have expired, were deleted, or never existed.</param>
/// <param name="Omitted">The sequences of visible messages that did not fit into the response. Request them again.</param>
public sealed record FoundMessages(IReadOnlyList<Message> Messages, IReadOnlyList<long> Omitted);
