using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>Verifies that an upload is complete, and gets what its inspection needs.</summary>
public sealed record StartCompletionQuery(UserId UploaderId, AttachmentId AttachmentId) : IQuery<StartedCompletion>;

/// <param name="Attachment">The attachment, if an earlier request has completed the upload; otherwise null.</param>
/// <param name="ToInspect">What is to be inspected; null if an earlier request has completed the upload.</param>
public sealed record StartedCompletion(AttachmentResponse? Attachment, AttachmentToInspect? ToInspect);

internal sealed class StartCompletionHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<StartCompletionQuery, StartedCompletion>
{
    public Task<StartedCompletion> Handle(StartCompletionQuery query, CancellationToken cancellationToken) =>
        database.InSnapshotAsync(() => ReadAsync(query, cancellationToken), cancellationToken);

    private async Task<StartedCompletion> ReadAsync(StartCompletionQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var attachment = await database.UploadsOf(query.UploaderId, now)
            .SingleOrDefaultAsync(attachment => attachment.Id == query.AttachmentId.Value, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        attachment.EnsureComplete(now);
        if (attachment.State == AttachmentState.Ready)
            return new StartedCompletion(AttachmentResponse.Of(attachment), ToInspect: null);

        var parts = await database.AttachmentObjects
            .Where(part => part.AttachmentId == query.AttachmentId.Value && part.Role == AttachmentObjectRole.Part && part.IsUsed)
            .OrderBy(part => part.PartOffset)
            .Select(part => new StoredObject(part.Id, part.PartLength!.Value))
            .ToListAsync(cancellationToken);

        return new StartedCompletion(
            Attachment: null,
            new AttachmentToInspect(
                query.AttachmentId,
                attachment.EncryptedKey!,
                attachment.Kind,
                attachment.Name,
                attachment.DeclaredBytes,
                attachment.DurationMs,
                parts));
    }
}
