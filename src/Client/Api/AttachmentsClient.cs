namespace CleanMessaging.Client;

/// <summary>
/// Uploads, downloads and lists the files of messages. A file is uploaded first; a message that is sent with its id makes it visible to the
/// other participant.
/// </summary>
public sealed class AttachmentsClient
{
    private readonly ApiTransport _api;

    internal AttachmentsClient(ApiTransport api) => _api = api;

    /// <summary>
    /// Uploads a file from beginning to end, and returns the attachment to send. After a lost connection or while the server is busy, it
    /// continues where the server has stopped, until it succeeds, the server rejects the file, or the caller cancels it.
    /// </summary>
    /// <param name="upload">The file. Another call with the same object continues the upload.</param>
    /// <param name="content">The bytes. The stream must be seekable, and is read again after a failure.</param>
    /// <param name="progress">Receives the progress, on any thread.</param>
    /// <exception cref="UploadRejectedException">
    /// The file is too large, takes more space than the user has left, or has an extension that the server does not allow; or the user has
    /// too many uploads: <c>attachment.too_large</c>, <c>attachment.storage_full</c>, <c>attachment.type_refused</c>,
    /// <c>attachment.too_many_uploads</c>, <c>attachment.too_many_uploads_today</c>, <c>attachment.too_many_parts</c>
    /// </exception>
    /// <exception cref="NotFoundException">
    /// <c>conversation.not_found</c>, or <c>attachment.not_found</c> if the upload was removed in the meantime
    /// </exception>
    /// <exception cref="InvalidRequestException">The name, the size or another member fails validation.</exception>
    /// <exception cref="MessagingException">
    /// The server rejected the file: <c>attachment.infected</c>, <c>attachment.content_mismatch</c>, <c>attachment.image_too_large</c>,
    /// <c>attachment.client_id_reused</c>
    /// </exception>
    /// <exception cref="FeatureDisabledException">The server accepts no files.</exception>
    /// <exception cref="OperationCanceledException">
    /// The upload was canceled. <see cref="CancelAsync"/> removes it from the server.
    /// </exception>
    /// <exception cref="IOException">The content cannot be read, or is shorter than <see cref="NewUpload.Bytes"/>.</exception>
    public Task<Upload> UploadAsync(
        NewUpload upload, Stream content, IProgress<UploadProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new UploadRun(this, _api, upload, content, progress).RunAsync(cancellationToken);

    /// <summary>Begins an upload, or returns the one that has begun with the same <see cref="NewUpload.ClientUploadId"/>.</summary>
    /// <exception cref="UploadRejectedException">
    /// <c>attachment.too_large</c>, <c>attachment.storage_full</c>, <c>attachment.type_refused</c>, <c>attachment.too_many_uploads</c>,
    /// <c>attachment.too_many_uploads_today</c>
    /// </exception>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="InvalidRequestException">The name, the size or another member fails validation.</exception>
    /// <exception cref="MessagingException"><c>attachment.client_id_reused</c></exception>
    /// <exception cref="FeatureDisabledException">The server accepts no files.</exception>
    public async Task<Upload> BeginAsync(NewUpload upload, CancellationToken cancellationToken = default)
    {
        var begun = await _api.PostAsync(
            "uploads",
            new BeginUploadRequest(
                upload.ClientUploadId,
                upload.ConversationId,
                upload.Kind,
                upload.Name,
                upload.Bytes,
                upload.Description,
                upload.Voice),
            MessagingJson.Default.BeginUploadRequest,
            MessagingJson.Default.EnvelopeUpload,
            cancellationToken).ConfigureAwait(false);

        return begun.Data;
    }

    /// <summary>Returns one of the user's uploads, for example to learn where to continue.</summary>
    /// <exception cref="NotFoundException"><c>attachment.not_found</c></exception>
    public async Task<Upload> GetUploadAsync(Guid uploadId, CancellationToken cancellationToken = default)
    {
        var found = await _api.GetAsync(
            new QueryText($"uploads/{uploadId}"), MessagingJson.Default.EnvelopeUpload, cancellationToken).ConfigureAwait(false);

        return found.Data;
    }

    /// <summary>Sends the bytes from an offset on; returns the new offset. The server may have kept fewer bytes than were sent.</summary>
    /// <param name="offset">The offset that the server has, which is <see cref="Upload.Offset"/>.</param>
    /// <param name="bytes">1 to <see cref="Upload.ChunkBytes"/> bytes.</param>
    /// <exception cref="UploadRejectedException">
    /// <c>attachment.offset_mismatch</c>: the server has another offset. <c>attachment.too_many_parts</c>: the file came in too many parts.
    /// </exception>
    /// <exception cref="NotFoundException"><c>attachment.not_found</c></exception>
    public Task<long> SendPartAsync(
        Guid uploadId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) =>
        _api.PatchBytesAsync($"uploads/{uploadId}", offset, bytes, cancellationToken);

    /// <summary>
    /// Makes the server examine a file whose bytes it has. Repeating the call has no further effect, and returns the same result.
    /// </summary>
    /// <exception cref="UploadRejectedException"><c>attachment.incomplete</c>: the server does not have all bytes.</exception>
    /// <exception cref="MessagingException">
    /// <c>attachment.infected</c>, <c>attachment.content_mismatch</c>, <c>attachment.image_too_large</c>
    /// </exception>
    /// <exception cref="ServerUnavailableException"><c>attachment.unavailable</c>, <c>server.busy</c></exception>
    /// <exception cref="NotFoundException"><c>attachment.not_found</c></exception>
    public async Task<MessageAttachment> CompleteAsync(Guid uploadId, CancellationToken cancellationToken = default)
    {
        var completed = await _api.PostLongRunningAsync(
            $"uploads/{uploadId}/complete", MessagingJson.Default.EnvelopeMessageAttachment, cancellationToken).ConfigureAwait(false);

        return completed.Data;
    }

    /// <summary>Removes an upload, or an attachment that no message was sent with, from the server.</summary>
    /// <exception cref="NotFoundException"><c>attachment.not_found</c></exception>
    /// <exception cref="MessagingException"><c>attachment.in_use</c>: it is the user's avatar.</exception>
    public Task CancelAsync(Guid uploadId, CancellationToken cancellationToken = default) =>
        _api.DeleteAsync($"uploads/{uploadId}", cancellationToken);

    /// <summary>
    /// Opens the bytes of an attachment. The user is a participant of its conversation, sees the name of the user whose avatar it is, or
    /// has uploaded it and not sent it yet. The stream ends with an <see cref="IOException"/> if the message expires or is deleted in the
    /// meantime, or the avatar is replaced. Dispose the stream.
    /// </summary>
    /// <param name="offset">The first byte, for example to continue an interrupted download.</param>
    /// <exception cref="NotFoundException">
    /// <c>attachment.not_found</c>: its message has expired or was deleted, the avatar was replaced, or it never existed, or has no such
    /// variant.
    /// </exception>
    public Task<Stream> OpenAsync(
        Guid attachmentId,
        AttachmentVariant variant = AttachmentVariant.Original,
        long offset = 0,
        CancellationToken cancellationToken = default)
    {
        var name = variant == AttachmentVariant.Thumbnail ? "thumbnail" : "original";

        return _api.OpenAsync(new QueryText($"attachments/{attachmentId}").Add("variant", name), offset, cancellationToken);
    }

    /// <summary>
    /// Creates addresses with which a browser or a media player can load files. Attachments that the user cannot see are missing.
    /// </summary>
    /// <param name="attachmentIds">1 to 100 attachments.</param>
    public async Task<IReadOnlyList<AttachmentLink>> CreateLinksAsync(
        IReadOnlyList<Guid> attachmentIds, CancellationToken cancellationToken = default)
    {
        var created = await _api.PostAsync(
            "attachments/links",
            new CreateLinksRequest(attachmentIds),
            MessagingJson.Default.CreateLinksRequest,
            MessagingJson.Default.EnvelopeCreatedLinks,
            cancellationToken).ConfigureAwait(false);

        return created.Data.Links;
    }

    /// <summary>
    /// Lists the files of a conversation that the user can see, newest first. A page can be short, or empty, although there is a next one.
    /// </summary>
    /// <param name="kind">Files of one kind only; null for all.</param>
    /// <param name="cursor">The previous page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<ConversationAttachment>> ListAsync(
        Guid conversationId,
        AttachmentKind? kind = null,
        string? cursor = null,
        int limit = 50,
        CancellationToken cancellationToken = default)
    {
        var query = new QueryText($"conversations/{conversationId}/attachments")
            .Add("kind", kind?.ToString().ToLowerInvariant())
            .Add("cursor", cursor)
            .Add("limit", limit);
        var page = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeConversationAttachment, cancellationToken)
            .ConfigureAwait(false);

        return new Page<ConversationAttachment>(page.Data, page.Page.NextCursor);
    }

    /// <summary>Returns how much space the user's files take.</summary>
    public async Task<StorageUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        var usage = await _api.GetAsync(
            new QueryText("attachments/usage"), MessagingJson.Default.EnvelopeStorageUsage, cancellationToken).ConfigureAwait(false);

        return usage.Data;
    }
}
