using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <summary>
/// A file, picture or voice recording. It is uploaded in parts, inspected, and then sent with one message. It belongs to one conversation.
/// Until it is sent, only its uploader sees it. Once sent, every viewer of its message sees it, and no one else. An avatar belongs to no
/// conversation: it becomes the picture of its uploader, and everyone who sees the name of the uploader sees it.
/// </summary>
public sealed partial class Attachment : AggregateRoot
{
    private Attachment()
    {
    }

    public Guid Id { get; private init; }

    public Guid UploaderId { get; private init; }

    /// <summary>The conversation of the attachment; null for an avatar.</summary>
    public Guid? ConversationId { get; private init; }

    /// <summary>The idempotency key that the client chose for the upload; permanently unique per uploader.</summary>
    public Guid ClientUploadId { get; private init; }

    public AttachmentKind Kind { get; private init; }

    /// <summary>The name as sent; empty once the attachment is removed for good.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The alternative text; null if there is none, and once the attachment is removed for good.</summary>
    public string? Description { get; private set; }

    /// <summary>The number of bytes that the client announced.</summary>
    public long DeclaredBytes { get; private init; }

    /// <summary>The number of bytes that were received without a gap: where the upload continues.</summary>
    public long ReceivedBytes { get; private set; }

    public AttachmentState State { get; private set; }

    /// <summary>The code of the error of a rejected upload; null for others.</summary>
    public string? RejectionCode { get; private set; }

    /// <summary>The media type, by the bytes of the file; null until the attachment is ready.</summary>
    public string? ContentType { get; private set; }

    /// <summary>The size of the stored file; null until the attachment is ready. An image is re-encoded, so its size changes.</summary>
    public long? Bytes { get; private set; }

    /// <summary>The width of an image in pixels; null for other kinds.</summary>
    public int? Width { get; private set; }

    /// <summary>The height of an image in pixels; null for other kinds.</summary>
    public int? Height { get; private set; }

    /// <summary>A few colors of an image, to show while it loads; null for other kinds, and once it is removed for good.</summary>
    public string? Blurhash { get; private set; }

    /// <summary>The duration of a voice recording as its client stated it; null for other kinds.</summary>
    public int? DurationMs { get; private init; }

    /// <summary>The loudness of a voice recording over time; null for other kinds, and once the attachment is removed for good.</summary>
    public short[]? Waveform { get; private set; }

    /// <summary>The size of the thumbnail; null if there is none.</summary>
    public long? ThumbnailBytes { get; private set; }

    /// <summary>
    /// The key of the file, encrypted with a key of the server; null once it is destroyed, from when on no copy of the bytes is readable.
    /// </summary>
    public byte[]? EncryptedKey { get; private set; }

    /// <summary>The stored object of the finished file; null until the attachment is ready.</summary>
    public Guid? ObjectId { get; private set; }

    /// <summary>The stored object of the thumbnail; null if there is none.</summary>
    public Guid? ThumbnailObjectId { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>
    /// The instant from which the attachment is removed: 24 hours after the upload began, or its cancellation, until it is sent; then the
    /// expiry of its message, or the deletion of the message. Null for never: the message has no expiry, or this is the current avatar of
    /// its uploader.
    /// </summary>
    public DateTimeOffset? RemoveAt { get; private set; }

    /// <summary>The message with which the attachment was sent; null until then.</summary>
    public Guid? MessageId { get; private set; }

    /// <summary>When the stored bytes were deleted; null until then.</summary>
    public DateTimeOffset? ErasedAt { get; private set; }

    /// <summary>Begins an upload. The declared bytes count against the uploader's storage from here on.</summary>
    /// <param name="allowance">The uploader's storage, locked for changes.</param>
    /// <param name="createKey">Creates the encrypted key of the file.</param>
    /// <exception cref="DomainException">
    /// <c>attachment.too_large</c>, <c>attachment.type_refused</c>, <c>attachment.too_many_uploads</c>, <c>attachment.storage_full</c>,
    /// <c>attachment.too_many_uploads_today</c>
    /// </exception>
    public static Attachment Begin(
        AttachmentDraft draft,
        StorageAllowance allowance,
        StorageUse use,
        AttachmentPolicy policy,
        Func<AttachmentId, byte[]> createKey,
        DateTimeOffset now)
    {
        if (allowance.UserId != draft.UploaderId)
            throw new ArgumentException("The storage must be the uploader's.", nameof(allowance));

        policy.EnsureAccepted(draft);
        allowance.CountUpload(use, draft.Bytes, policy, now);
        var at = now.ToStored();
        var id = Guid.CreateVersion7(at);

        return new Attachment
        {
            Id = id,
            UploaderId = draft.UploaderId,
            ConversationId = draft.ConversationId?.Value,
            ClientUploadId = draft.ClientUploadId,
            Kind = draft.Kind,
            Name = draft.Name,
            Description = draft.Description,
            DeclaredBytes = draft.Bytes,
            DurationMs = draft.Voice?.DurationMs,
            Waveform = draft.Voice is { } voice ? [.. voice.Waveform] : null,
            EncryptedKey = createKey(new AttachmentId(id)),
            CreatedAt = at,
            RemoveAt = at + AttachmentPolicy.UnsentLifetime,
        };
    }

    /// <summary>
    /// Verifies that a repeated request to begin this upload matches the first one, and that the attachment is not removed since. Once the
    /// key is destroyed, the name, the description and the waveform are no longer known: they are not compared.
    /// </summary>
    /// <exception cref="DomainException">
    /// <c>attachment.client_id_reused</c>, <c>attachment.not_found</c> (removed)
    /// </exception>
    public void EnsureSameRequest(AttachmentDraft draft, DateTimeOffset now)
    {
        var isSame = ConversationId == draft.ConversationId?.Value
            && Kind == draft.Kind
            && DeclaredBytes == draft.Bytes
            && DurationMs == draft.Voice?.DurationMs
            && (Name.Length == 0 || (Name == draft.Name && Description == draft.Description && HasWaveformOf(draft)));
        if (!isSame)
            throw new DomainException(AttachmentErrors.ClientIdReused);

        EnsurePresent(now);
    }

    /// <summary>
    /// Verifies that a part can be received: it begins where the upload continues, and does not exceed the announced size.
    /// </summary>
    /// <param name="length">The length of the part, if it is known.</param>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c> (removed), <c>attachment.offset_mismatch</c>, <c>attachment.too_large</c>
    /// </exception>
    public void EnsureReceives(long offset, long? length, DateTimeOffset now)
    {
        EnsurePresent(now);
        if (State != AttachmentState.Receiving || offset != ReceivedBytes)
            throw new DomainException(AttachmentErrors.OffsetMismatch(ReceivedBytes));

        if (length > DeclaredBytes - ReceivedBytes)
            throw new DomainException(AttachmentErrors.TooLarge(DeclaredBytes));
    }

    /// <summary>Counts a stored part as received.</summary>
    /// <inheritdoc cref="EnsureReceives" path="/exception"/>
    public void Receive(long offset, long length, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        EnsureReceives(offset, length, now);
        ReceivedBytes += length;
    }

    /// <summary>Cancels an upload that was not sent, and destroys its key.</summary>
    /// <exception cref="DomainException">
    /// <c>attachment.not_found</c> (removed), <c>attachment.already_sent</c>, <c>attachment.in_use</c> (the current avatar)
    /// </exception>
    public void Cancel(DateTimeOffset now)
    {
        EnsurePresent(now);
        if (MessageId is not null)
            throw new DomainException(AttachmentErrors.AlreadySent);

        if (IsCurrentAvatar)
            throw new DomainException(AttachmentErrors.InUse);

        RemoveAt = now.ToStored();
        Shred();
    }

    /// <summary>
    /// Removes the attachment with its message. The policy says whether its key is destroyed at once. An earlier removal stays.
    /// </summary>
    public void Remove(AttachmentPolicy policy, DateTimeOffset now)
    {
        ExpireAt(now);
        if (policy.KeepRemoved == TimeSpan.Zero)
            Shred();
    }

    /// <summary>Follows the expiry of the message, which can only become earlier.</summary>
    public void ExpireAt(DateTimeOffset expiresAt)
    {
        if (RemoveAt is null || RemoveAt > expiresAt)
            RemoveAt = expiresAt.ToStored();
    }

    /// <summary>
    /// Verifies that the attachment is not removed. At <see cref="RemoveAt"/> itself it is. A key that is destroyed counts as well, because
    /// another server whose clock is ahead may have removed the attachment.
    /// </summary>
    private void EnsurePresent(DateTimeOffset now)
    {
        if (RemoveAt <= now || ErasedAt is not null || (EncryptedKey is null && State != AttachmentState.Rejected))
            throw new DomainException(AttachmentErrors.NotFound);
    }

    /// <summary>
    /// Destroys the key, so that no copy of the bytes is readable, what the uploader wrote about the file, and its colors.
    /// </summary>
    private void Shred()
    {
        EncryptedKey = null;
        Blurhash = null;
        Name = "";
        Description = null;
        Waveform = null;
    }

    private bool HasWaveformOf(AttachmentDraft draft) => (Waveform ?? []).SequenceEqual(draft.Voice?.Waveform ?? []);
}
