using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>Finds those of several attachments that the viewer sees, so that the host creates links to them.</summary>
public sealed record CreateMediaLinksQuery(UserId ViewerId, IReadOnlyList<Guid> AttachmentIds) : IQuery<IReadOnlyList<LinkedAttachment>>
{
    /// <summary>The maximum number of attachments.</summary>
    public const int AttachmentsMax = 100;
}

/// <param name="IsSent">
/// True for an attachment of a message, which is for all participants; false for one that is not sent, and for an avatar.
/// </param>
/// <param name="VisibleUntil">The instant from which the viewer no longer sees the attachment; null for never.</param>
public sealed record LinkedAttachment(AttachmentId Id, bool HasThumbnail, bool IsSent, DateTimeOffset? VisibleUntil);

internal sealed class CreateMediaLinksValidator : AbstractValidator<CreateMediaLinksQuery>
{
    public CreateMediaLinksValidator() => RuleFor(query => query.AttachmentIds)
        .Must(ids => ids.Count is >= 1 and <= CreateMediaLinksQuery.AttachmentsMax)
        .WithError(AttachmentRequestErrors.IdsOutOfRange);
}

internal sealed class CreateMediaLinksHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<CreateMediaLinksQuery, IReadOnlyList<LinkedAttachment>>
{
    public async Task<IReadOnlyList<LinkedAttachment>> Handle(CreateMediaLinksQuery query, CancellationToken cancellationToken)
    {
        var ids = query.AttachmentIds.Distinct().ToArray();
        var visible = await database.VisibleAttachments(query.ViewerId, clock.GetUtcNow())
            .Where(attachment => ids.Contains(attachment.Id))
            .Select(attachment => new
            {
                attachment.Id,
                HasThumbnail = attachment.ThumbnailObjectId != null,
                attachment.MessageId,
                attachment.RemoveAt,
            })
            .ToDictionaryAsync(attachment => attachment.Id, cancellationToken);

        return
        [
            .. ids
                .Where(visible.ContainsKey)
                .Select(id => new LinkedAttachment(
                    new AttachmentId(id), visible[id].HasThumbnail, visible[id].MessageId is not null, visible[id].RemoveAt)),
        ];
    }
}
