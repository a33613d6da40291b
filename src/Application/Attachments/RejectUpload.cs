using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Rejects the content of an upload for good, and destroys its key. Returns the objects that can be deleted.</summary>
public sealed record RejectUploadCommand(UserId UploaderId, AttachmentId AttachmentId, DomainError Rejection)
    : ICommand<IReadOnlyList<Guid>>
{
    public bool IsIdempotent => true;
}

internal sealed class RejectUploadHandler(IAttachmentRepository attachments, TimeProvider clock)
    : IRequestHandler<RejectUploadCommand, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(RejectUploadCommand command, CancellationToken cancellationToken)
    {
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        attachment.Reject(command.Rejection, clock.GetUtcNow());
        if (attachment.State != AttachmentState.Rejected)
            return [];

        return AttachmentObjects.ReleaseUsed(await attachments.LoadObjectsAsync(command.AttachmentId, cancellationToken));
    }
}

internal static class AttachmentObjects
{
    /// <summary>
    /// Releases the objects that are used, and returns their ids. Others may still be written, so their writer or the eraser deletes them.
    /// </summary>
    public static IReadOnlyList<Guid> ReleaseUsed(IReadOnlyList<AttachmentObject> objects)
    {
        var used = objects.Where(stored => stored.IsUsed).ToList();
        foreach (var stored in used)
            stored.Release();

        return [.. used.Select(stored => stored.Id)];
    }
}
