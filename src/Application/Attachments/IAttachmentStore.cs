using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Attachments;

/// <summary>Stores the bytes of attachments, encrypted.</summary>
/// <remarks>
/// Each object has a random id that is used for one write only. A row describes it before it is written, so no object exists that no row
/// describes.
/// </remarks>
public interface IAttachmentStore
{
    /// <summary>Whether the server has keys and a storage. Without them every operation on attachments is off.</summary>
    bool IsAvailable { get; }

    /// <summary>Creates the key of a file, and returns it encrypted under the active key of the server.</summary>
    byte[] CreateKey(AttachmentId attachmentId);

    /// <summary>
    /// Encrypts what arrives and stores it as one object. Returns the number of plain bytes stored, which is less than
    /// <paramref name="bytesMax"/> when the body ended or broke off before; 0 stores nothing.
    /// </summary>
    /// <param name="plain">The bytes. Only the first <paramref name="bytesMax"/> are read.</param>
    /// <param name="bodyAborted">Ends the reading, as the end of the body does. What came until then is stored.</param>
    /// <exception cref="AttachmentUnavailableException">The storage cannot store the object. Nothing counts as stored.</exception>
    Task<long> WriteAsync(
        AttachmentId attachmentId, byte[] encryptedKey, Guid objectId, Stream plain, long bytesMax, CancellationToken bodyAborted);

    /// <summary>Opens a range of the decrypted bytes of an object.</summary>
    /// <exception cref="AttachmentCorruptException">
    /// The object is missing, or is not what was stored. Reading the stream throws it as well.
    /// </exception>
    /// <exception cref="AttachmentUnavailableException">The storage does not answer.</exception>
    Task<Stream> OpenReadAsync(
        AttachmentId attachmentId,
        byte[] encryptedKey,
        StoredObject stored,
        long offset,
        long length,
        CancellationToken cancellationToken);

    /// <summary>Deletes objects. Deleting an object that does not exist succeeds.</summary>
    /// <exception cref="AttachmentUnavailableException">The storage does not answer; some of the objects may be left.</exception>
    Task DeleteAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken);
}

/// <summary>An object in the store.</summary>
/// <param name="Length">The number of its plain bytes.</param>
public sealed record StoredObject(Guid Id, long Length);
