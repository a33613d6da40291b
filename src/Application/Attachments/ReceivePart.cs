using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Counts a stored part of an upload as received. Of two parts at the same offset, one is counted.</summary>
/// <param name="ObjectId">The object in which the part is stored.</param>
public sealed record ReceivePartCommand(UserId UploaderId, AttachmentId AttachmentId, Guid ObjectId, long Offset, long Length)
    : ICommand<long>
{
    public bool IsIdempotent => true;
}

internal sealed class ReceivePartHandler(IAttachmentRepository attachments, TimeProvider clock) : IRequestHandler<ReceivePartCommand, long>
{
    /// <summary>Returns where the upload continues.</summary>
    public async Task<long> Handle(ReceivePartCommand command, CancellationToken cancellationToken)
    {
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        var now = clock.GetUtcNow();
        var part = await attachments.FindObjectAsync(command.ObjectId, cancellationToken);
        if (part?.CanBeUsed(now) != true)
            throw new AttachmentUnavailableException("The part took too long, so its object may be deleted already.");

        // An earlier attempt whose outcome was unknown has counted it.
        if (part.IsUsed)
            return command.Offset + command.Length;

        attachment.Receive(command.Offset, command.Length, now);
        part.MarkReceived(command.Length);

        return attachment.ReceivedBytes;
    }
}
