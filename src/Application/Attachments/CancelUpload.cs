using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Cancels an upload that was not sent, and destroys its key. Returns the objects that can be deleted.</summary>
public sealed record CancelUploadCommand(UserId UploaderId, AttachmentId AttachmentId) : ICommand<IReadOnlyList<Guid>>
{
    /// <summary>A second run would not find the upload.</summary>
    public bool IsIdempotent => false;
}

internal sealed class CancelUploadHandler(IAttachmentRepository attachments, TimeProvider clock)
    : IRequestHandler<CancelUploadCommand, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(CancelUploadCommand command, CancellationToken cancellationToken)
    {
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        attachment.Cancel(clock.GetUtcNow());

        return AttachmentObjects.MarkAllUnused(await attachments.LoadObjectsAsync(command.AttachmentId, cancellationToken));
    }
}
