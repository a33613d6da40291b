using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <summary>
/// How much a user can store and upload. Its row is locked while an upload begins or is completed, so that concurrent uploads cannot
/// exceed the limits.
/// </summary>
public sealed class StorageAllowance : AggregateRoot
{
    /// <summary>The maximum of the limit: 1 TiB.</summary>
    public const long BytesLimitMax = 1024L * 1024 * 1024 * 1024;

    private StorageAllowance()
    {
    }

    public Guid UserId { get; private init; }

    /// <summary>The limit that an Admin has set for this user; null if the policy's limit applies.</summary>
    public long? BytesLimit { get; private set; }

    /// <summary>When the current 24 hours began, in which uploads are counted; null before the first upload.</summary>
    public DateTimeOffset? UploadsSince { get; private set; }

    /// <summary>How many uploads the user has begun since <see cref="UploadsSince"/>.</summary>
    public int UploadsBegun { get; private set; }

    /// <summary>Creates the storage of a user, with the policy's limit.</summary>
    public static StorageAllowance Open(UserId userId) => new() { UserId = userId };

    /// <summary>Returns the limit that applies.</summary>
    public long LimitBy(AttachmentPolicy policy) => BytesLimit ?? policy.UserBytes;

    /// <summary>Sets the limit of this user; null restores the policy's. Files that are already stored are kept.</summary>
    /// <exception cref="DomainException"><c>attachment.invalid_storage_limit</c></exception>
    public void SetLimit(long? bytesLimit)
    {
        if (bytesLimit is < 0 or > BytesLimitMax)
            throw new DomainException(AttachmentErrors.InvalidStorageLimit);

        BytesLimit = bytesLimit;
    }

    /// <summary>
    /// Verifies that there is space for bytes that are not counted yet. No bytes always fit, also if the limit was lowered below what is
    /// stored.
    /// </summary>
    /// <exception cref="DomainException"><c>attachment.storage_full</c></exception>
    public void EnsureSpace(StorageUse use, long moreBytes, AttachmentPolicy policy)
    {
        if (moreBytes > 0 && moreBytes > LimitBy(policy) - use.Bytes)
            throw new DomainException(AttachmentErrors.StorageFull(use.Bytes, LimitBy(policy)));
    }

    /// <summary>Verifies that the user can begin another upload, and counts it.</summary>
    /// <exception cref="DomainException">
    /// <c>attachment.too_many_uploads</c>, <c>attachment.storage_full</c>, <c>attachment.too_many_uploads_today</c>
    /// </exception>
    internal void CountUpload(StorageUse use, long bytes, AttachmentPolicy policy, DateTimeOffset now)
    {
        if (use.OpenUploads >= AttachmentPolicy.OpenUploadsMax)
            throw new DomainException(AttachmentErrors.TooManyUploads);

        EnsureSpace(use, bytes, policy);
        if (UploadsSince is not { } since || since + AttachmentPolicy.UploadDay <= now)
            (UploadsSince, UploadsBegun) = (now.ToStored(), 0);
        else if (UploadsBegun >= policy.UploadsPerDay)
            throw new DomainException(AttachmentErrors.TooManyUploadsToday(policy.UploadsPerDay, since + AttachmentPolicy.UploadDay));

        UploadsBegun++;
    }
}

/// <summary>What a user stores.</summary>
/// <param name="Bytes">The declared sizes of the user's attachments that are neither removed nor rejected.</param>
/// <param name="OpenUploads">The number of uploads that are not complete.</param>
public sealed record StorageUse(long Bytes, int OpenUploads);
