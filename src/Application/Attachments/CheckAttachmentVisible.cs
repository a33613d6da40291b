using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>Says whether a viewer still sees an attachment, while the viewer downloads it.</summary>
public sealed record CheckAttachmentVisibleQuery(UserId ViewerId, AttachmentId AttachmentId) : IQuery<bool>;

internal sealed class CheckAttachmentVisibleHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<CheckAttachmentVisibleQuery, bool>
{
    public Task<bool> Handle(CheckAttachmentVisibleQuery query, CancellationToken cancellationToken) =>
        database.VisibleAttachments(query.ViewerId, clock.GetUtcNow())
            .AnyAsync(attachment => attachment.Id == query.AttachmentId.Value, cancellationToken);
}
