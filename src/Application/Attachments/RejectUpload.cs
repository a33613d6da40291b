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

        return AttachmentObjects.MarkAllUnused(await attachments.LoadObjectsAsync(command.AttachmentId, cancellationToken));
    }
}
