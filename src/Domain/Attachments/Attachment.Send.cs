using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <content>The send: an attachment becomes part of one message, which decides from then on who sees it.</content>
public sealed partial class Attachment
{
    /// <summary>
    /// Verifies that a user can send the attachment in a conversation. Another user's attachment, one of another conversation, an avatar
    /// and one that was not sent in time are as unknown as one that never existed.
    /// </summary>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c>, <c>attachment.already_sent</c>, <c>attachment.not_ready</c> (bytes are missing, or were rejected)
    /// </exception>
    public void EnsureSendable(UserId senderId, ConversationId conversationId, DateTimeOffset now)
    {
        if (UploaderId != senderId || ConversationId != conversationId.Value)
            throw new DomainException(AttachmentErrors.NotFound);

        if (MessageId is not null)
            throw new DomainException(AttachmentErrors.AlreadySent);

        EnsurePresent(now);
        if (State != AttachmentState.Ready)
            throw new DomainException(AttachmentErrors.NotReady);
    }

    /// <summary>
    /// Makes the attachment part of a message, and returns what the message shows of it. From then on the message decides who sees it.
    /// </summary>
    /// <param name="expiresAt">When the message expires, and the bytes with it; null for never.</param>
    /// <exception cref="InvalidOperationException">The attachment is not ready, or is part of a message.</exception>
    public MessageAttachment BindTo(MessageId messageId, DateTimeOffset? expiresAt)
    {
        if (MessageId is not null)
            throw new InvalidOperationException("The attachment is part of a message.");

        var described = Describe();
        MessageId = messageId;
        RemoveAt = expiresAt;

        return described;
    }

    /// <summary>Returns the attachment as participants see it.</summary>
    /// <exception cref="InvalidOperationException">The attachment is not ready.</exception>
    public MessageAttachment Describe() => State == AttachmentState.Ready
        ? new MessageAttachment(
            Id,
            Kind,
            Name,
            Description,
            ContentType!,
            Bytes!.Value,
            Width,
            Height,
            Blurhash,
            DurationMs,
            Waveform)
        : throw new InvalidOperationException("The attachment is not ready.");
}
