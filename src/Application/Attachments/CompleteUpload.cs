using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Makes an inspected attachment ready to be sent. Its parts are no longer used.</summary>
public sealed record CompleteUploadCommand(UserId UploaderId, AttachmentId AttachmentId, InspectedContent Content)
    : ICommand<CompletedUpload>
{
    public bool IsIdempotent => true;
}

/// <param name="Unused">The objects that are no longer used, and can be deleted.</param>
public sealed record CompletedUpload(AttachmentResponse Attachment, IReadOnlyList<Guid> Unused);

internal sealed class CompleteUploadHandler(IAttachmentRepository attachments, TimeProvider clock)
    : IRequestHandler<CompleteUploadCommand, CompletedUpload>
{
    public async Task<CompletedUpload> Handle(CompleteUploadCommand command, CancellationToken cancellationToken)
    {
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        var objects = await attachments.LoadObjectsAsync(command.AttachmentId, cancellationToken);
        var content = command.Content;
        var isCompleted = attachment.Complete(
            new AttachmentContent(
                content.ContentType,
                content.ObjectId,
                content.Bytes,
                content.Width,
                content.Height,
                content.Blurhash,
                content.ThumbnailObjectId,
                content.ThumbnailBytes),
            clock.GetUtcNow());
        var unused = new List<Guid>();
        foreach (var stored in objects)
        {
            if (stored.Id == attachment.ObjectId || stored.Id == attachment.ThumbnailObjectId)
                stored.Use();
            else if (isCompleted ? stored.IsUsed : stored.Id == content.ObjectId || stored.Id == content.ThumbnailObjectId)
                unused.Add(stored.Id);

            if (unused.Contains(stored.Id))
                stored.Release();
        }

        return new CompletedUpload(AttachmentResponse.Of(attachment), unused);
    }
}
