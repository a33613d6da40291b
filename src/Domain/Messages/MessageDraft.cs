using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>A validated request to send a message.</summary>
public sealed record MessageDraft
{
    /// <summary>The minimum time to live, in hours.</summary>
    public const int ExpirationHoursMin = Conversation.ExpirationHoursMin;

    /// <summary>The maximum time to live, in hours: one year.</summary>
    public const int ExpirationHoursMax = Conversation.ExpirationHoursMax;

    /// <summary>The lowest sequence that a message can reply to: that of the first message.</summary>
    public const long ReplyToSequenceMin = 1;

    /// <param name="content">The text; it may be empty if there are attachments.</param>
    /// <exception cref="DomainException">
    /// <c>message.empty</c>, <c>message.too_long</c>, <c>message.invalid_text</c>, <c>message.invalid_expiration</c>,
    /// <c>message.expiration_ambiguous</c>, <c>message.reply_out_of_range</c>, <c>message.too_many_attachments</c>,
    /// <c>message.attachment_repeated</c>
    /// </exception>
    public MessageDraft(
        UserId senderId,
        string content,
        int? expirationHours = null,
        ClientMessageId? clientMessageId = null,
        bool neverExpires = false,
        long? replyToSequence = null,
        IReadOnlyList<AttachmentId>? attachmentIds = null)
    {
        attachmentIds ??= [];
        if ((MessageContent.Check(content, canBeEmpty: attachmentIds.Count > 0) ?? CheckAttachments(attachmentIds)) is { } error)
            throw new DomainException(error);

        if (expirationHours is < ExpirationHoursMin or > ExpirationHoursMax)
            throw new DomainException(MessageErrors.InvalidExpiration);

        if (neverExpires && expirationHours is not null)
            throw new DomainException(MessageErrors.ExpirationAmbiguous);

        if (replyToSequence < ReplyToSequenceMin)
            throw new DomainException(MessageErrors.ReplyOutOfRange);

        SenderId = senderId;
        Content = content;
        ExpirationHours = expirationHours;
        ClientMessageId = clientMessageId;
        NeverExpires = neverExpires;
        ReplyToSequence = replyToSequence;
        AttachmentIds = attachmentIds;
    }

    public UserId SenderId { get; }

    public string Content { get; }

    /// <summary>
    /// Hours until the message expires, 1 to 8760; null if it never expires, or if the conversation's default applies.
    /// </summary>
    public int? ExpirationHours { get; }

    /// <summary>Whether the message never expires, also in a conversation with a default expiration.</summary>
    public bool NeverExpires { get; }

    /// <summary>Whether the conversation's default expiration applies to the message, if there is one.</summary>
    public bool UsesDefaultExpiration => ExpirationHours is null && !NeverExpires;

    /// <summary>
    /// The idempotency key that the client chose for this send, permanently unique per sender. Without it (null) a retry can send twice.
    /// </summary>
    public ClientMessageId? ClientMessageId { get; }

    /// <summary>The sequence of the message that this one replies to, from 1; null if it is not a reply.</summary>
    public long? ReplyToSequence { get; }

    /// <summary>The attachments of the message, in the order in which they are shown; empty if there are none.</summary>
    public IReadOnlyList<AttachmentId> AttachmentIds { get; }

    private static DomainError? CheckAttachments(IReadOnlyList<AttachmentId> ids) => ids switch
    {
        { Count: > MessageAttachments.Max } => MessageErrors.TooManyAttachments,
        _ when ids.Distinct().Count() < ids.Count => MessageErrors.AttachmentRepeated,
        _ => null,
    };
}
