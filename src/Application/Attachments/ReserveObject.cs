using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Reserves an object for the finished file or the thumbnail of an attachment.</summary>
public sealed record ReserveObjectCommand(UserId UploaderId, AttachmentId AttachmentId, AttachmentObjectRole Role) : ICommand<Guid>
{
    /// <summary>A second run reserves another object. The eraser removes the first one.</summary>
    public bool IsIdempotent => true;
}

internal sealed class ReserveObjectHandler(IAttachmentRepository attachments, TimeProvider clock)
    : IRequestHandler<ReserveObjectCommand, Guid>
{
    public async Task<Guid> Handle(ReserveObjectCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        attachment.EnsureComplete(now);
        var reserved = AttachmentObject.Reserve(command.AttachmentId, command.Role, partOffset: null, now);
        attachments.Add(reserved);

        return reserved.Id;
    }
}
