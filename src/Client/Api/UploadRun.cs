namespace CleanMessaging.Client;

/// <summary>
/// Uploads one file: begins, sends parts, and completes. Each step is repeated after a transient failure, from the offset that the server
/// has then.
/// </summary>
internal sealed class UploadRun(
    AttachmentsClient attachments, ApiTransport api, NewUpload wanted, Stream content, IProgress<UploadProgress>? progress)
{
    /// <summary>The first part is small, so that the progress of a slow connection shows early.</summary>
    private const int FirstPart = 128 * 1024;

    /// <summary>A part is in memory while it is sent.</summary>
    private const int LargestPart = 4 * 1024 * 1024;

    private const int SmallestPart = 16 * 1024;

    /// <summary>How long a part should take. Parts grow or shrink towards it, so that the progress moves and requests are few.</summary>
    private static readonly TimeSpan _wantedTime = TimeSpan.FromSeconds(1.5);

    private static readonly Task _never = new TaskCompletionSource().Task;

    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
    private int _partBytes = FirstPart;
    private int _failures;
    private bool _isSendingPart;
    private long _sent;
    private Guid? _uploadId;

    /// <summary>Returns the upload with its attachment.</summary>
    public async Task<Upload> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var upload = await attachments.BeginAsync(wanted, cancellationToken).ConfigureAwait(false);
                _uploadId = upload.Id;
                upload = await SendAsync(upload, cancellationToken).ConfigureAwait(false);

                return await CompleteAsync(upload, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException failure) when (ShouldRetry(failure))
            {
                await PauseAsync(failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the same upload may succeed later. Another upload with this id may have moved the offset.</summary>
    private static bool ShouldRetry(MessagingException failure) =>
        failure is not SignedOutException
        && (failure.IsTransient || failure is RateLimitedException || failure.Code == "attachment.offset_mismatch");

    private async Task<Upload> SendAsync(Upload upload, CancellationToken cancellationToken)
    {
        if (upload.State != UploadState.Receiving)
            return upload;

        var (offset, size) = (upload.Offset, Math.Min(upload.ChunkBytes, LargestPart));
        Report(offset);
        while (offset < upload.Bytes)
        {
            var length = (int)Math.Min(Math.Min(_partBytes, size), upload.Bytes - offset);
            var part = await ReadAsync(offset, length, cancellationToken).ConfigureAwait(false);
            var before = api.Timestamp;
            _isSendingPart = true;
            offset = await attachments.SendPartAsync(upload.Id, offset, part, cancellationToken).ConfigureAwait(false);
            _isSendingPart = false;
            Adapt(length, api.Local.GetElapsedTime(before));
            _failures = 0;
            Report(offset);
        }

        return upload with { Offset = offset };
    }

    /// <exception cref="IOException">The content is shorter than it was.</exception>
    private async Task<byte[]> ReadAsync(long offset, int length, CancellationToken cancellationToken)
    {
        var part = new byte[length];
        content.Position = offset;
        await content.ReadExactlyAsync(part, cancellationToken).ConfigureAwait(false);

        return part;
    }

    private void Adapt(int length, TimeSpan taken)
    {
        // The last part is often shorter, and says little.
        if (length < _partBytes)
            return;

        if (taken < _wantedTime / 2)
            _partBytes = Math.Min(_partBytes * 2, LargestPart);
        else if (taken > _wantedTime * 2)
            _partBytes = Math.Max(_partBytes / 2, SmallestPart);
    }

    private async Task<Upload> CompleteAsync(Upload upload, CancellationToken cancellationToken)
    {
        progress?.Report(new UploadProgress(upload.Bytes, IsComplete: true, UploadId: upload.Id));
        var attachment = upload.Attachment
            ?? await attachments.CompleteAsync(upload.Id, cancellationToken).ConfigureAwait(false);

        return upload with { State = UploadState.Ready, Attachment = attachment };
    }

    private void Report(long sent)
    {
        _sent = sent;
        progress?.Report(new UploadProgress(sent, UploadId: _uploadId));
    }

    private async Task PauseAsync(MessagingException failure, CancellationToken cancellationToken)
    {
        // A part that was not answered may have been too large for the connection.
        if (_isSendingPart)
            _partBytes = Math.Max(_partBytes / 2, SmallestPart);
        _isSendingPart = false;
        if (failure.Code != "attachment.offset_mismatch")
            progress?.Report(new UploadProgress(_sent, Interruption: failure, UploadId: _uploadId));
        await _backoff.PauseAsync(++_failures, failure, _never, api.Local, cancellationToken).ConfigureAwait(false);
    }
}
