using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>A file that is added to a draft: it waits, is uploaded, is ready to be sent, or was rejected.</summary>
public sealed class TrayFile : IDisposable
{
    private readonly int? _browserFile;
    private CancellationTokenSource _canceling = new();

    /// <summary>Adds a file of the browser.</summary>
    /// <param name="browserFile">Its number in <see cref="FilesModule"/>.</param>
    public TrayFile(Guid conversationId, int browserFile, string name, string mediaType, long bytes)
    {
        _browserFile = browserFile;
        IsPicture = mediaType is "image/jpeg" or "image/png" or "image/webp" or "image/gif";
        Wanted = new NewUpload(
            conversationId, IsPicture ? AttachmentKind.Image : AttachmentKind.File, FileName.Clean(name), bytes);
        PreviewUrl = IsPicture ? FilesModule.UrlOf(browserFile) : null;
    }

    /// <summary>Adds a voice recording.</summary>
    /// <param name="browserFile">Its number in <see cref="FilesModule"/>.</param>
    public TrayFile(Guid conversationId, int browserFile, VoiceDetails voice)
    {
        _browserFile = browserFile;
        Wanted = new NewUpload(
            conversationId,
            AttachmentKind.Voice,
            FilesModule.NameOf(browserFile),
            (long)FilesModule.SizeOf(browserFile),
            Voice: voice);
        PreviewUrl = FilesModule.UrlOf(browserFile);
    }

    /// <summary>Adds a file that was uploaded before, as the draft has kept it.</summary>
    public TrayFile(Guid conversationId, DraftAttachment kept)
    {
        var attachment = kept.Attachment;
        IsPicture = attachment.Kind == AttachmentKind.Image;
        Wanted = new NewUpload(conversationId, attachment.Kind, attachment.Name, attachment.Bytes, attachment.Description);
        (Ready, UploadId, Sent) = (kept, kept.UploadId, attachment.Bytes);
    }

    /// <summary>Identifies the file in the tray.</summary>
    public Guid Key { get; } = Guid.CreateVersion7();

    /// <summary>Whether the browser can show the file as a picture, also if it is sent as a file.</summary>
    public bool IsPicture { get; }

    public bool IsVoice => Wanted.Kind == AttachmentKind.Voice;

    /// <summary>The upload, with the user's choices.</summary>
    public NewUpload Wanted { get; private set; }

    public string Name => Wanted.Name;

    /// <summary>The address of the picture or the recording in this browser; null if there is none.</summary>
    public string? PreviewUrl { get; private set; }

    /// <summary>How many bytes the server has.</summary>
    public long Sent { get; set; }

    /// <summary>Whether the upload has begun.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Whether the server has all bytes and scans them.</summary>
    public bool IsBeingScanned { get; set; }

    /// <summary>Whether the upload waits for the server.</summary>
    public bool IsInterrupted { get; set; }

    /// <summary>Why the file cannot be sent; null if there is no error.</summary>
    public MessagingException? Rejection { get; private set; }

    /// <summary>Whether the browser can no longer read the file.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>The upload on the server; null until it is known.</summary>
    public Guid? UploadId { get; set; }

    /// <summary>The attachment; null until the file is uploaded.</summary>
    public DraftAttachment? Ready { get; private set; }

    /// <summary>Whether the server no longer has the file, because it was uploaded long ago.</summary>
    public bool HasExpired { get; private set; }

    /// <summary>Whether the upload has stopped for an unknown reason.</summary>
    public bool HasStopped { get; private set; }

    public bool HasFailed => IsUnreadable || HasExpired || HasStopped || Rejection is not null;

    /// <summary>Whether the file can be uploaded again, because it was added since the page was loaded.</summary>
    public bool CanUpload => _browserFile is not null && !IsUnreadable;

    /// <summary>The current upload, which completes without an error when it has ended or was canceled.</summary>
    public Task Uploading { get; set; } = Task.CompletedTask;

    /// <summary>The token of the current upload.</summary>
    public CancellationToken Canceled => _canceling.Token;

    public Stream Open() => new AddedFileStream(_browserFile!.Value, Wanted.Bytes);

    public void Complete(Upload upload)
    {
        (Ready, Sent) = (new DraftAttachment(upload.Id, upload.Attachment!, upload.BindBefore), Wanted.Bytes);
        (IsInterrupted, IsBeingScanned) = (false, false);
    }

    public void Fail(MessagingException rejection)
    {
        Rejection = rejection;
        (IsInterrupted, IsBeingScanned) = (false, false);
    }

    /// <summary>Notes that the browser can no longer read the file.</summary>
    public void FailUnreadable()
    {
        IsUnreadable = true;
        (IsInterrupted, IsBeingScanned) = (false, false);
    }

    /// <summary>Notes that the upload has stopped for an unknown reason.</summary>
    public void FailUnexpectedly()
    {
        HasStopped = true;
        (IsInterrupted, IsBeingScanned) = (false, false);
    }

    /// <summary>Notes that the server no longer has the file, because it was uploaded long ago.</summary>
    public void Expire()
    {
        Ready = null;
        IsUnreadable = !CanUpload;
        HasExpired = true;
    }

    /// <summary>Begins again, possibly with other choices of the user. The server treats it as another upload.</summary>
    public void Reset(AttachmentKind kind, string? description)
    {
        _canceling.Cancel();
        _canceling.Dispose();
        _canceling = new CancellationTokenSource();
        Wanted = Wanted with { Kind = kind, Description = description, ClientUploadId = Guid.CreateVersion7() };
        (Ready, Rejection, UploadId, Sent) = (null, null, null, 0);
        (IsStarted, IsBeingScanned, IsInterrupted, HasExpired, HasStopped) = (false, false, false, false, false);
    }

    /// <summary>Stops the upload, and lets the browser forget the file.</summary>
    public void Dispose()
    {
        _canceling.Cancel();
        _canceling.Dispose();
        if (PreviewUrl is { } url)
            FilesModule.ReleaseUrl(url);
        PreviewUrl = null;
        if (_browserFile is { } file)
            FilesModule.Forget(file);
    }
}
