using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>Gets an upload of the caller, which says where it continues.</summary>
public sealed record GetUploadQuery(UserId UploaderId, AttachmentId AttachmentId) : IQuery<UploadResponse>;

internal sealed class GetUploadHandler(IReadDatabase database, TimeProvider clock) : IRequestHandler<GetUploadQuery, UploadResponse>
{
    public async Task<UploadResponse> Handle(GetUploadQuery query, CancellationToken cancellationToken) =>
        UploadResponse.Of(
            await database.UploadsOf(query.UploaderId, clock.GetUtcNow())
                .SingleOrDefaultAsync(attachment => attachment.Id == query.AttachmentId.Value, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound));
}
