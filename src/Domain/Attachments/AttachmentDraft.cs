using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <summary>A validated request to upload an attachment.</summary>
public sealed record AttachmentDraft
{
    /// <param name="conversationId">Null for an avatar.</param>
    /// <exception cref="DomainException">
    /// <c>attachment.invalid_conversation</c>, <c>attachment.invalid_name</c>, <c>attachment.invalid_description</c>,
    /// <c>attachment.invalid_voice</c>, <c>attachment.empty</c>
    /// </exception>
    public AttachmentDraft(
        UserId uploaderId,
        ConversationId? conversationId,
        ClientUploadId clientUploadId,
        AttachmentKind kind,
        string name,
        long bytes,
        string? description = null,
        VoiceNote? voice = null)
    {
        if ((kind == AttachmentKind.Avatar) != (conversationId is null))
            throw new DomainException(AttachmentErrors.InvalidConversation);

        if (AttachmentName.Check(name) is { } invalidName)
            throw new DomainException(invalidName);

        if (description is not null && AttachmentName.CheckDescription(description) is { } invalidDescription)
            throw new DomainException(invalidDescription);

        if ((kind == AttachmentKind.Voice) != (voice is not null))
            throw new DomainException(AttachmentErrors.InvalidVoice);

        if (bytes < 1)
            throw new DomainException(AttachmentErrors.Empty);

        UploaderId = uploaderId;
        ConversationId = conversationId;
        ClientUploadId = clientUploadId;
        Kind = kind;
        Name = name;
        Bytes = bytes;
        Description = description;
        Voice = voice;
    }

    public UserId UploaderId { get; }

    /// <summary>The conversation in which the attachment will be sent; null for an avatar.</summary>
    public ConversationId? ConversationId { get; }

    /// <summary>The idempotency key of the upload, permanently unique per uploader.</summary>
    public ClientUploadId ClientUploadId { get; }

    public AttachmentKind Kind { get; }

    public string Name { get; }

    /// <summary>The number of bytes that the client is going to upload.</summary>
    public long Bytes { get; }

    /// <summary>The alternative text for people who do not see the attachment; null for none.</summary>
    public string? Description { get; }

    /// <summary>The duration and waveform of a voice recording; null for other kinds.</summary>
    public VoiceNote? Voice { get; }
}
