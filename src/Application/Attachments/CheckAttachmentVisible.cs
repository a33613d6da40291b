using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>Says whether a viewer still sees an attachment, and until when, while the viewer downloads it.</summary>
/// <param name="ViewerId">Null for a link that is for all participants of the conversation.</param>
public sealed record CheckAttachmentVisibleQuery(UserId? ViewerId, AttachmentId AttachmentId) : IQuery<AttachmentVisibility>;

/// <param name="Until">The instant from which the viewer no longer sees the attachment; null for never.</param>
public readonly record struct AttachmentVisibility(bool IsVisible, DateTimeOffset? Until);

internal sealed class CheckAttachmentVisibleHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<CheckAttachmentVisibleQuery, AttachmentVisibility>
{
    public async Task<AttachmentVisibility> Handle(CheckAttachmentVisibleQuery query, CancellationToken cancellationToken)
    {
        var found = await database.AttachmentsSeenBy(query.ViewerId, clock.GetUtcNow())
            .Where(attachment => attachment.Id == query.AttachmentId.Value)
            .Select(attachment => new { attachment.RemoveAt })
            .SingleOrDefaultAsync(cancellationToken);

        return new AttachmentVisibility(found is not null, found?.RemoveAt);
    }
}
