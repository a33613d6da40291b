using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Attachments;

/// <summary>Loads and stores attachments for the commands.</summary>
public interface IAttachmentRepository
{
    /// <summary>Finds an attachment of an uploader by the idempotency key of its upload; takes no lock.</summary>
    Task<Attachment?> FindAsync(UserId uploaderId, ClientUploadId clientUploadId, CancellationToken cancellationToken);

    /// <summary>Locks and loads an attachment of an uploader; null if there is none.</summary>
    Task<Attachment?> LoadAsync(AttachmentId attachmentId, UserId uploaderId, CancellationToken cancellationToken);

    /// <summary>Locks and loads the attachments with these ids that belong to an uploader, in the order of their ids.</summary>
    Task<IReadOnlyList<Attachment>> LoadAsync(
        IReadOnlyCollection<AttachmentId> attachmentIds, UserId uploaderId, CancellationToken cancellationToken);

    /// <summary>Locks and loads the attachments of a message, in the order of their ids.</summary>
    Task<IReadOnlyList<Attachment>> LoadOfMessageAsync(MessageId messageId, CancellationToken cancellationToken);

    /// <summary>Loads the objects of an attachment whose row is locked.</summary>
    Task<IReadOnlyList<AttachmentObject>> LoadObjectsAsync(AttachmentId attachmentId, CancellationToken cancellationToken);

    /// <summary>Loads an object of an attachment whose row is locked; null if there is none.</summary>
    Task<AttachmentObject?> FindObjectAsync(Guid objectId, CancellationToken cancellationToken);

    Task<int> CountObjectsAsync(AttachmentId attachmentId, CancellationToken cancellationToken);

    void Add(Attachment attachment);

    void Add(AttachmentObject stored);

    /// <summary>Forgets objects that were deleted from the store. Used ones are kept.</summary>
    Task DeleteUnusedRowsAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken);
}
