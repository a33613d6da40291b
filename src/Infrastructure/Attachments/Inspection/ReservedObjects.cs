using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

/// <summary>Stores objects of an attachment, each under an id that is reserved before.</summary>
internal sealed class ReservedObjects(
    IAttachmentStore store, AttachmentToInspect attachment, Func<AttachmentObjectRole, CancellationToken, Task<Guid>> reserve)
{
    /// <summary>Stores a whole object, and returns its id.</summary>
    /// <exception cref="AttachmentUnavailableException">The object is not stored, or not whole.</exception>
    public async Task<Guid> StoreAsync(AttachmentObjectRole role, Stream content, long length, CancellationToken cancellationToken)
    {
        var objectId = await reserve(role, cancellationToken);
        var stored = await store.WriteAsync(attachment.Id, attachment.EncryptedKey, objectId, content, length, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();

        return stored == length
            ? objectId
            : throw new AttachmentUnavailableException($"Only {stored} of {length} bytes were stored.");
    }
}
