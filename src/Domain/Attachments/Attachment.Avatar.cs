using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <content>The avatar: an attachment becomes the picture of its uploader, until another one replaces it.</content>
public sealed partial class Attachment
{
    /// <summary>Whether the attachment is the current avatar of its uploader. Only such an avatar has no instant of removal.</summary>
    public bool IsCurrentAvatar => Kind == AttachmentKind.Avatar && RemoveAt is null;

    /// <summary>
    /// Makes the attachment the avatar of a user; it is then kept until it is replaced. Has no effect on the current avatar. Another user's
    /// attachment and a removed one are as unknown as one that never existed.
    /// </summary>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c>, <c>attachment.not_avatar</c>, <c>attachment.not_ready</c> (bytes are missing, or were rejected)
    /// </exception>
    public void BecomeAvatar(UserId userId, DateTimeOffset now)
    {
        if (UploaderId != userId)
            throw new DomainException(AttachmentErrors.NotFound);

        EnsurePresent(now);
        if (Kind != AttachmentKind.Avatar)
            throw new DomainException(AttachmentErrors.NotAvatar);

        if (State != AttachmentState.Ready)
            throw new DomainException(AttachmentErrors.NotReady);

        if (IsCurrentAvatar)
            return;

        RemoveAt = null;
        Raise(new AvatarChanged(userId, new AttachmentId(Id)));
    }

    /// <summary>Removes the avatar of its uploader, who has none from then on.</summary>
    /// <inheritdoc cref="RetireAvatar"/>
    public void RemoveAvatar(DateTimeOffset now)
    {
        RetireAvatar(now);
        Raise(new AvatarChanged(new UserId(UploaderId), AvatarId: null));
    }

    /// <summary>
    /// Ends the use as avatar, because another one replaces it, and destroys its key. It is no message, so
    /// <see cref="AttachmentPolicy.KeepRemoved"/> does not keep it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The attachment is not the current avatar of its uploader.</exception>
    public void RetireAvatar(DateTimeOffset now)
    {
        if (!IsCurrentAvatar)
            throw new InvalidOperationException("The attachment is not the current avatar of its uploader.");

        RemoveAt = now.ToStored();
        Shred();
    }
}
