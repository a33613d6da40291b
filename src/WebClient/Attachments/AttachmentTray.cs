using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>
/// The files of one draft. They are uploaded while the user writes, also after the user has left the conversation. Uploaded files are part
/// of the draft. Unfinished uploads are lost when the page is left.
/// </summary>
public sealed class AttachmentTray(Guid conversationId, AttachmentsClient attachments, SemaphoreSlim uploadSlots) : IDisposable
{
    private readonly List<TrayFile> _files = [];

    /// <summary>Raised when a file was added, removed, or has made progress.</summary>
    public event Action? Changed;

    /// <summary>Raised with the conversation when <see cref="Ready"/> has changed.</summary>
    public event Action<Guid>? ReadyChanged;

    /// <summary>Raised when the upload of a file has ended.</summary>
    public event Action<TrayFile>? UploadEnded;

    public IReadOnlyList<TrayFile> Files => _files;

    /// <summary>The files that can be sent, in the order in which they were added.</summary>
    public IReadOnlyList<DraftAttachment> Ready => [.. _files.Select(file => file.Ready).OfType<DraftAttachment>()];

    /// <summary>Whether a file is being uploaded.</summary>
    public bool IsBusy => _files.Any(file => file.Ready is null && !file.HasFailed);

    public bool HasFailed => _files.Any(file => file.HasFailed);

    public bool HasVoice => _files.Any(file => file.IsVoice);

    /// <summary>
    /// How many messages the files are sent with: one, unless there are voice recordings of several tabs. Each of them is sent by itself.
    /// </summary>
    public int MessageCount => Math.Max(1, _files.Count(file => file.IsVoice) + (_files.Any(file => !file.IsVoice) ? 1 : 0));

    /// <summary>Returns the files of each message.</summary>
    public static IReadOnlyList<IReadOnlyList<DraftAttachment>> Split(IReadOnlyList<DraftAttachment> files)
    {
        var messages =
            from file in files
            group file by file.Attachment.Kind == AttachmentKind.Voice ? file.UploadId : Guid.Empty into message
            select message.ToList();

        return files.Count == 0 ? [[]] : [.. messages];
    }

    /// <summary>Adds files of the browser; returns how many did not fit into a message.</summary>
    /// <param name="first">The number of the first file in <see cref="FilesModule"/>.</param>
    public int Add(int first, int count)
    {
        var space = Math.Max(0, MessagingLimits.Attachments - _files.Count);
        foreach (var number in Enumerable.Range(first, count))
        {
            if (number - first >= space)
            {
                FilesModule.Forget(number);
                continue;
            }

            var file = new TrayFile(
                conversationId, number, FilesModule.NameOf(number), FilesModule.TypeOf(number), (long)FilesModule.SizeOf(number));
            _files.Add(file);
            file.Uploading = UploadAsync(file);
        }

        Changed?.Invoke();

        return Math.Max(0, count - space);
    }

    /// <summary>Adds a voice recording.</summary>
    /// <param name="number">Its number in <see cref="FilesModule"/>.</param>
    public void AddVoice(int number, VoiceDetails voice)
    {
        var file = new TrayFile(conversationId, number, voice);
        _files.Add(file);
        file.Uploading = UploadAsync(file);
        Changed?.Invoke();
    }

    /// <summary>Removes a file, also from the server.</summary>
    public void Remove(TrayFile file)
    {
        if (!_files.Remove(file))
            return;

        Discard(file);
        NotifyReady();
    }

    /// <summary>Uploads a file again, with other choices of the user or after an error.</summary>
    public void Restart(TrayFile file, AttachmentKind kind, string? description)
    {
        // It may have been removed or sent since its options were opened.
        if (!_files.Contains(file))
            return;

        RemoveFromServer(file.UploadId);
        file.Reset(kind, description);
        NotifyReady();
        file.Uploading = UploadAsync(file);
    }

    /// <summary>Removes the files with which a message was sent. Others may have been added in the meantime.</summary>
    public void RemoveSent(IReadOnlyList<DraftAttachment> sent)
    {
        foreach (var file in _files.Where(file => file.Ready is { } ready && sent.Contains(ready)).ToList())
        {
            _files.Remove(file);
            file.Dispose();
        }

        Changed?.Invoke();
    }

    /// <summary>
    /// Adds the uploaded files of a stored draft, and removes those that it no longer has: another tab has changed or sent it.
    /// </summary>
    public void Follow(IReadOnlyList<DraftAttachment> kept)
    {
        var ids = kept.Select(file => file.Attachment.Id).ToHashSet();
        foreach (var file in _files.Where(file => file.Ready is { } ready && !ids.Remove(ready.Attachment.Id)).ToList())
        {
            _files.Remove(file);
            file.Dispose();
        }

        _files.AddRange(kept.Where(file => ids.Contains(file.Attachment.Id)).Select(file => new TrayFile(conversationId, file)));
        Changed?.Invoke();
    }

    /// <summary>Marks files that the server has deleted, because they were uploaded long ago; returns whether there are any.</summary>
    public bool Expire(DateTimeOffset now)
    {
        var expired = _files.Where(file => file.Ready?.BindBefore <= now).ToList();
        foreach (var file in expired)
            file.Expire();
        if (expired.Count > 0)
            NotifyReady();

        return expired.Count > 0;
    }

    /// <summary>
    /// Empties the tray, and waits until its uploads have stopped. Those that are only beginning are removed from the server. The caller
    /// removes the others.
    /// </summary>
    public Task ClearAsync()
    {
        var uploads = _files.Select(file => file.Uploading).ToList();
        Dispose();
        _files.Clear();
        Changed?.Invoke();

        return Task.WhenAll(uploads);
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private async Task UploadAsync(TrayFile file)
    {
        var (canceled, wanted) = (file.Canceled, file.Wanted);
        var progress = new Progress(this, file, canceled);
        var isBegun = false;
        try
        {
            await uploadSlots.WaitAsync(canceled);
            try
            {
                file.IsStarted = isBegun = true;
                await using var content = file.Open();
                var upload = await attachments.UploadAsync(wanted, content, progress, canceled);
                canceled.ThrowIfCancellationRequested();
                file.Complete(upload);
            }
            finally
            {
                uploadSlots.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // If its id was not known yet, it was not removed from the server, which may have begun it nevertheless.
            if (isBegun && !progress.IsIdKnown)
                await attachments.TryRemoveAsync(wanted);

            return;
        }
        catch (MessagingException rejection)
        {
            file.Fail(rejection);
        }
        catch (IOException)
        {
            file.FailUnreadable();
        }
        catch (Exception)
        {
            // A defect. Without this, the file would be shown as being uploaded, and the message would wait for it forever.
            file.FailUnexpectedly();
        }

        if (canceled.IsCancellationRequested)
            return;

        UploadEnded?.Invoke(file);
        NotifyReady();
    }

    private void NotifyReady()
    {
        ReadyChanged?.Invoke(conversationId);
        Changed?.Invoke();
    }

    private void Discard(TrayFile file)
    {
        file.Dispose();
        RemoveFromServer(file.UploadId);
    }

    /// <summary>Frees the space on the server. The server does it by itself later if the request fails.</summary>
    private void RemoveFromServer(Guid? uploadId)
    {
        if (uploadId is { } id)
            _ = attachments.TryRemoveAsync(id);
    }

    private sealed class Progress(AttachmentTray tray, TrayFile file, CancellationToken canceled) : IProgress<UploadProgress>
    {
        /// <summary>Whether the id of the upload was known before it was canceled.</summary>
        public bool IsIdKnown { get; private set; }

        public void Report(UploadProgress value)
        {
            if (canceled.IsCancellationRequested)
                return;

            IsIdKnown |= value.UploadId is not null;
            (file.UploadId, file.Sent) = (value.UploadId ?? file.UploadId, value.BytesSent);
            (file.IsBeingScanned, file.IsInterrupted) = (value.IsComplete, value.Interruption is not null);
            tray.Changed?.Invoke();
        }
    }
}
