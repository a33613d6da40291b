using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <content>The end of an upload: its content is inspected, and becomes ready or is rejected for good.</content>
public sealed partial class Attachment
{
    /// <summary>How often the inspection of the uploaded bytes took too long.</summary>
    public int InspectionTimeouts { get; private set; }

    /// <summary>Verifies that all bytes were received, so that they can be inspected.</summary>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c> (removed), <c>attachment.incomplete</c>, and the error of a rejected upload
    /// </exception>
    public void EnsureComplete(DateTimeOffset now)
    {
        EnsurePresent(now);
        if (State == AttachmentState.Rejected)
            throw new DomainException(AttachmentErrors.Rejections.Single(error => error.Code == RejectionCode));

        if (ReceivedBytes < DeclaredBytes)
            throw new DomainException(AttachmentErrors.Incomplete(ReceivedBytes, DeclaredBytes));
    }

    /// <summary>
    /// Returns how many bytes the content has more than the upload announced. An image that was encoded again can be larger than its file,
    /// and has a thumbnail. Zero if the upload is complete already.
    /// </summary>
    public long GrowthBy(AttachmentContent content) => State == AttachmentState.Receiving
        ? Math.Max(0, content.Bytes + (content.ThumbnailBytes ?? 0) - DeclaredBytes)
        : 0;

    /// <summary>
    /// Makes the attachment ready to be sent. Returns false if another request has done so before; then the given content is not used.
    /// </summary>
    /// <inheritdoc cref="EnsureComplete" path="/exception"/>
    public bool Complete(AttachmentContent content, DateTimeOffset now)
    {
        EnsureComplete(now);
        if (State == AttachmentState.Ready)
            return false;

        State = AttachmentState.Ready;
        ContentType = content.ContentType;
        Bytes = content.Bytes;
        ObjectId = content.ObjectId;
        Width = content.Width;
        Height = content.Height;
        Blurhash = content.Blurhash;
        ThumbnailObjectId = content.ThumbnailObjectId;
        ThumbnailBytes = content.ThumbnailBytes;

        return true;
    }

    /// <summary>
    /// Rejects the content for good and destroys its key. Does nothing if a concurrent request has completed or rejected the upload before.
    /// </summary>
    /// <param name="error">One of <see cref="AttachmentErrors.Rejections"/>.</param>
    public void Reject(DomainError error, DateTimeOffset now)
    {
        if (!AttachmentErrors.Rejections.Contains(error))
            throw new ArgumentException("This error does not reject an upload for good.", nameof(error));

        EnsurePresent(now);
        if (State != AttachmentState.Receiving)
            return;

        State = AttachmentState.Rejected;
        RejectionCode = error.Code;
        EncryptedKey = null;
    }

    /// <summary>
    /// Counts an inspection that took too long. The last one that is allowed rejects the content for good, so that it does not cost the
    /// server the same time again and again. Does nothing if a concurrent request has completed or rejected the upload before.
    /// </summary>
    /// <exception cref="DomainException"><c>attachment.not_found</c> (removed)</exception>
    public void CountInspectionTimeout(DateTimeOffset now)
    {
        EnsurePresent(now);
        if (State != AttachmentState.Receiving)
            return;

        InspectionTimeouts++;
        if (InspectionTimeouts >= AttachmentPolicy.InspectionTimeoutsMax)
            Reject(AttachmentErrors.ImageTooLarge, now);
    }
}
