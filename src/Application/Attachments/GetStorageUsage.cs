using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>Gets how much a user stores, and can store.</summary>
public sealed record GetStorageUsageQuery(UserId UserId) : IQuery<StorageUsageResponse>;

/// <param name="BytesUsed">
/// The bytes of the user's attachments: what the upload announced, or what is stored if that is more. Removed ones do not count.
/// </param>
/// <param name="BytesLimit">How much the user can store. It can be less than <c>bytesUsed</c>, after an Admin has reduced it.</param>
public sealed record StorageUsageResponse(long BytesUsed, long BytesLimit);

internal sealed class GetStorageUsageHandler(IReadDatabase database, AttachmentPolicy policy, TimeProvider clock)
    : IRequestHandler<GetStorageUsageQuery, StorageUsageResponse>
{
    public async Task<StorageUsageResponse> Handle(GetStorageUsageQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var used = await database.StoredAttachmentsOf(query.UserId, now)
            .SumAsync(
                attachment => Math.Max(attachment.DeclaredBytes, (attachment.Bytes ?? 0) + (attachment.ThumbnailBytes ?? 0)),
                cancellationToken);
        var allowance = await database.StorageAllowances
            .SingleOrDefaultAsync(allowance => allowance.UserId == query.UserId.Value, cancellationToken);

        return new StorageUsageResponse(used, allowance?.LimitBy(policy) ?? policy.UserBytes);
    }
}
