using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Attachments;

/// <summary>
/// Inspects a completely uploaded attachment: joins its parts, recognizes its type by its bytes, has it scanned for viruses, processes an
/// image, and stores the file and its thumbnail.
/// </summary>
public interface IAttachmentInspector
{
    /// <summary>Inspects an attachment. A second inspection of the same parts finds the same.</summary>
    /// <param name="reserveObject">Reserves an object before it is written, and returns its id.</param>
    /// <exception cref="DomainException">
    /// The content is rejected for good: <c>attachment.content_mismatch</c>, <c>attachment.image_too_large</c>,
    /// <c>attachment.infected</c>
    /// </exception>
    /// <exception cref="InspectionTimeoutException">The inspection took too long.</exception>
    /// <exception cref="AttachmentUnavailableException">A part of the inspection is not available now.</exception>
    Task<AttachmentContent> InspectAsync(
        AttachmentToInspect attachment,
        Func<AttachmentObjectRole, CancellationToken, Task<Guid>> reserveObject,
        CancellationToken cancellationToken);
}

/// <summary>An attachment whose bytes are all uploaded.</summary>
/// <param name="Bytes">The number of bytes of all parts.</param>
/// <param name="DurationMs">The stated duration of a voice recording; null for other kinds.</param>
/// <param name="Parts">The parts in order, without a gap.</param>
public sealed record AttachmentToInspect(
    AttachmentId Id, byte[] EncryptedKey, AttachmentKind Kind, string Name, long Bytes, int? DurationMs, IReadOnlyList<StoredObject> Parts)
{
    /// <summary>Returns the id without the key and the name, so that neither reaches a log.</summary>
    public override string ToString() => $"{nameof(AttachmentToInspect)} {Id}";
}
