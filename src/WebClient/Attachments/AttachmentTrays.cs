using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>The files of the user's drafts, by conversation.</summary>
internal sealed class AttachmentTrays(AttachmentsClient attachments) : IDisposable
{
    /// <summary>How many files are uploaded at the same time. The server allows a few more, for other devices.</summary>
    private const int AtOnce = 2;

    /// <summary>Why the browser asks before the page is left.</summary>
    private const string Uploads = "uploads";

    private readonly SemaphoreSlim _uploadSlots = new(AtOnce);
    private readonly Dictionary<Guid, AttachmentTray> _trays = [];

    /// <summary>Raised with the conversation when the uploaded files of a draft have changed.</summary>
    public event Action<Guid>? ReadyChanged;

    /// <summary>The uploads of all trays, as far as their ids are known.</summary>
    public IEnumerable<Guid> UploadIds => _trays.Values.SelectMany(tray => tray.Files).Select(file => file.UploadId).OfType<Guid>();

    /// <summary>Returns the tray of a conversation.</summary>
    /// <param name="kept">The uploaded files of the stored draft, for the first call.</param>
    public AttachmentTray Of(Guid conversationId, IReadOnlyList<DraftAttachment> kept, DateTimeOffset now)
    {
        if (_trays.TryGetValue(conversationId, out var known))
            return known;

        var tray = _trays[conversationId] = new AttachmentTray(conversationId, attachments, _uploadSlots);
        tray.Changed += Guard;
        tray.ReadyChanged += id => ReadyChanged?.Invoke(id);
        tray.Follow(kept);
        tray.Expire(now);

        return tray;
    }

    /// <summary>Returns the tray of a conversation if it was used; null otherwise.</summary>
    public AttachmentTray? Find(Guid conversationId) => _trays.GetValueOrDefault(conversationId);

    /// <inheritdoc cref="AttachmentTray.ClearAsync"/>
    public Task ClearAsync() => Task.WhenAll(_trays.Values.Select(tray => tray.ClearAsync()));

    public void Dispose()
    {
        foreach (var tray in _trays.Values)
            tray.Dispose();
        FilesModule.GuardLeaving(Uploads, false);
    }

    /// <summary>
    /// Lets the browser ask before the page is left while files are uploaded: they would be lost. So would a recording whose upload has
    /// failed. Other files can be added again.
    /// </summary>
    private void Guard() => FilesModule.GuardLeaving(
        Uploads, _trays.Values.Any(tray => tray.IsBusy || tray.Files.Any(file => file is { IsVoice: true, Ready: null })));
}
