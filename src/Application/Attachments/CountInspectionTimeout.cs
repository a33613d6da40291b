using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Counts an inspection of an upload that took too long. After a few of them the content is rejected for good.</summary>
public sealed record CountInspectionTimeoutCommand(UserId UploaderId, AttachmentId AttachmentId) : ICommand<CountedTimeout>
{
    /// <summary>A second run would count it twice.</summary>
    public bool IsIdempotent => false;
}

/// <param name="Rejection">Why the content is rejected; null if it can be inspected again.</param>
/// <param name="Unused">The objects that can be deleted.</param>
public sealed record CountedTimeout(DomainError? Rejection, IReadOnlyList<Guid> Unused);

internal sealed class CountInspectionTimeoutHandler(IAttachmentRepository attachments, TimeProvider clock)
    : IRequestHandler<CountInspectionTimeoutCommand, CountedTimeout>
{
    public async Task<CountedTimeout> Handle(CountInspectionTimeoutCommand command, CancellationToken cancellationToken)
    {
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        attachment.CountInspectionTimeout(clock.GetUtcNow());
        if (attachment.State != AttachmentState.Rejected)
            return new CountedTimeout(Rejection: null, Unused: []);

        var rejection = AttachmentErrors.Rejections.Single(error => error.Code == attachment.RejectionCode);

        return new CountedTimeout(
            rejection, AttachmentObjects.MarkAllUnused(await attachments.LoadObjectsAsync(command.AttachmentId, cancellationToken)));
    }
}
