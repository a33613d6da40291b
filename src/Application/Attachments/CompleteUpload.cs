using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Makes an inspected attachment ready to be sent. Its parts are no longer used.</summary>
public sealed record CompleteUploadCommand(UserId UploaderId, AttachmentId AttachmentId, AttachmentContent Content)
    : ICommand<CompletedUpload>
{
    public bool IsIdempotent => true;
}

/// <param name="Unused">The objects that are no longer used, and can be deleted.</param>
public sealed record CompletedUpload(AttachmentResponse Attachment, IReadOnlyList<Guid> Unused);

internal sealed class CompleteUploadHandler(
    IAttachmentRepository attachments, IStorageAllowanceRepository allowances, AttachmentPolicy policy, TimeProvider clock)
    : IRequestHandler<CompleteUploadCommand, CompletedUpload>
{
    public async Task<CompletedUpload> Handle(CompleteUploadCommand command, CancellationToken cancellationToken)
    {
        // The lock comes first, so that concurrent uploads do not take the same space.
        var (allowance, use) = await allowances.LoadAsync(command.UploaderId, clock.GetUtcNow(), cancellationToken);
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        var objects = await attachments.LoadObjectsAsync(command.AttachmentId, cancellationToken);
        var (content, now) = (command.Content, clock.GetUtcNow());
        var written = objects.Where(stored => stored.Id == content.ObjectId || stored.Id == content.ThumbnailObjectId).ToList();
        if (written.Count < (content.ThumbnailObjectId is null ? 1 : 2) || written.Exists(stored => !stored.CanBeUsed(now)))
            throw new AttachmentUnavailableException("The inspection took too long, so its objects may be deleted already.");

        allowance.EnsureSpace(use, attachment.GrowthBy(content), policy);
        var isCompleted = attachment.Complete(content, now);
        var kept = objects.Where(stored => stored.Id == attachment.ObjectId || stored.Id == attachment.ThumbnailObjectId).ToList();
        kept.ForEach(stored => stored.MarkUsed());

        // If a concurrent request was faster, its objects are kept and those of this one are not needed.
        var unused = (isCompleted ? objects.Where(stored => stored.IsUsed) : written).Except(kept).ToList();
        unused.ForEach(stored => stored.MarkUnused());

        return new CompletedUpload(AttachmentResponse.Of(attachment), [.. unused.Select(stored => stored.Id)]);
    }
}
