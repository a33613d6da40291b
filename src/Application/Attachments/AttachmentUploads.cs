using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>
/// The operations on uploads that move bytes. Each runs several short commands, so that no transaction and no lock is open while bytes
/// arrive or are inspected.
/// </summary>
/// <remarks>
/// An object that is no longer needed is deleted at once. The eraser deletes it later if that fails, if it is not known whether the object
/// is needed, and if the storage did not answer: the object could then still arrive.
/// </remarks>
public sealed class AttachmentUploads(IMediator mediator, IAttachmentStore store, IAttachmentInspector inspector)
{
    /// <summary>
    /// Receives a part of an upload, as much as arrives before the body ends or breaks off. Returns where the upload continues.
    /// </summary>
    /// <param name="length">The length of the part; null if it is not known before.</param>
    /// <param name="bodyAborted">Canceled when the body must no longer be read. The bytes that have arrived are kept.</param>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c>, <c>attachment.offset_mismatch</c>, <c>attachment.too_large</c> (more bytes than announced) and
    /// <c>request.too_large</c> (more bytes than a part can have), of which nothing is kept, <c>attachment.too_many_parts</c>
    /// </exception>
    public async Task<long> ReceiveAsync(
        UserId uploaderId, AttachmentId attachmentId, long offset, long? length, Stream body, CancellationToken bodyAborted)
    {
        var part = await mediator.Send(new StartPartCommand(uploaderId, attachmentId, offset, length), CancellationToken.None);
        try
        {
            var written = await store.WriteAsync(
                attachmentId, part.EncryptedKey, part.ObjectId, body, part.BytesMax, bodyAborted);
            if (written == part.BytesMax && await HasMoreAsync(body, bodyAborted))
                throw new DomainException(part.TooLong);

            if (written > 0)
            {
                return await mediator.Send(
                    new ReceivePartCommand(uploaderId, attachmentId, part.ObjectId, offset, written), CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is not (StorageUnavailableException or AttachmentUnavailableException))
        {
            await DiscardAsync([part.ObjectId]);
            throw;
        }

        await DiscardAsync([part.ObjectId]);

        return offset;
    }

    /// <summary>
    /// Inspects a completely uploaded attachment and makes it ready. A repetition returns the same attachment, or the same rejection.
    /// </summary>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c>, <c>attachment.incomplete</c>, and the errors of <see cref="IAttachmentInspector"/>
    /// </exception>
    public async Task<AttachmentResponse> CompleteAsync(
        UserId uploaderId, AttachmentId attachmentId, CancellationToken cancellationToken)
    {
        var (attachment, toInspect) = await mediator.Send(new StartCompletionQuery(uploaderId, attachmentId), cancellationToken);
        if (attachment is not null)
            return attachment;

        AttachmentContent content;
        try
        {
            content = await InspectAsync(uploaderId, toInspect!, cancellationToken);
        }
        catch (AttachmentCorruptException)
        {
            // A concurrent request may have completed or canceled the upload, and deleted its parts.
            (attachment, _) = await mediator.Send(new StartCompletionQuery(uploaderId, attachmentId), cancellationToken);
            if (attachment is null)
                throw;

            return attachment;
        }

        try
        {
            var completed = await mediator.Send(new CompleteUploadCommand(uploaderId, attachmentId, content), CancellationToken.None);
            await DiscardAsync(completed.Unused);

            return completed.Attachment;
        }
        catch (DomainException)
        {
            // A concurrent request has canceled the upload, or there is not enough space for an image that has grown.
            await DiscardAsync([content.ObjectId, .. content.ThumbnailObjectId is { } thumbnail ? [thumbnail] : Array.Empty<Guid>()]);
            throw;
        }
    }

    /// <summary>Cancels an upload that was not sent, and deletes its bytes.</summary>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c>, <c>attachment.already_sent</c>, <c>attachment.in_use</c> (the current avatar)
    /// </exception>
    public async Task CancelAsync(UserId uploaderId, AttachmentId attachmentId, CancellationToken cancellationToken) =>
        await DiscardAsync(await mediator.Send(new CancelUploadCommand(uploaderId, attachmentId), cancellationToken));

    private async Task<AttachmentContent> InspectAsync(
        UserId uploaderId, AttachmentToInspect toInspect, CancellationToken cancellationToken)
    {
        var reserved = new List<Guid>();
        try
        {
            return await inspector.InspectAsync(
                toInspect,
                async (role, token) =>
                {
                    var id = await mediator.Send(new ReserveObjectCommand(uploaderId, toInspect.Id, role), token);
                    reserved.Add(id);

                    return id;
                },
                cancellationToken);
        }
        catch (DomainException exception) when (AttachmentErrors.Rejections.Contains(exception.Error))
        {
            await DiscardAsync(reserved);
            await DiscardAsync(
                await mediator.Send(new RejectUploadCommand(uploaderId, toInspect.Id, exception.Error), CancellationToken.None));
            throw;
        }
        catch (InspectionTimeoutException)
        {
            await DiscardAsync(reserved);
            var (rejection, unused) = await mediator.Send(
                new CountInspectionTimeoutCommand(uploaderId, toInspect.Id), CancellationToken.None);
            if (rejection is null)
                throw;

            await DiscardAsync(unused);
            throw new DomainException(rejection);
        }
        catch (Exception exception) when (exception is not AttachmentUnavailableException)
        {
            await DiscardAsync(reserved);
            throw;
        }
    }

    /// <summary>Deletes objects that are not used, if the storage and the database answer.</summary>
    private async Task DiscardAsync(IReadOnlyList<Guid> objectIds)
    {
        if (objectIds.Count == 0)
            return;

        try
        {
            await store.DeleteAsync(objectIds, CancellationToken.None);
            await mediator.Send(new DeleteObjectRowsCommand(objectIds), CancellationToken.None);
        }
        catch (Exception exception) when (exception is AttachmentUnavailableException or StorageUnavailableException)
        {
            // The eraser deletes them later.
        }
    }

    private static async Task<bool> HasMoreAsync(Stream body, CancellationToken bodyAborted)
    {
        try
        {
            return await body.ReadAsync(new byte[1], bodyAborted) > 0;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The body broke off after its last byte.
            return false;
        }
    }
}
