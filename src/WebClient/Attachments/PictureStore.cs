using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>
/// Loads the thumbnails of pictures, or avatars, and keeps them in memory while they are shown and some more, so that scrolling back loads
/// nothing. The browser stores none of them.
/// </summary>
internal sealed class PictureStore(AttachmentsClient attachments, TimeProvider clock) : IDisposable
{
    /// <summary>How many pictures are kept that are not shown.</summary>
    private const int UnusedMax = 60;

    /// <summary>How many pictures are loaded at the same time.</summary>
    private const int AtOnce = 4;

    private const int PartBytes = 16 * 1024;

    /// <summary>How long a request waits for the next bytes. Without a limit, it would keep its slot on a broken connection.</summary>
    private static readonly TimeSpan _timeLimit = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _loadSlots = new(AtOnce);
    private readonly Dictionary<Guid, Entry> _entries = [];

    /// <summary>The ids of the pictures that are not shown, the one that was released first in front.</summary>
    private readonly LinkedList<Guid> _unused = [];

    /// <summary>
    /// Returns the address of a picture, and loads it if necessary. Call <see cref="Release"/> when it is no longer shown.
    /// </summary>
    /// <exception cref="MessagingException">The picture cannot be loaded. It was not acquired.</exception>
    /// <exception cref="IOException">The connection was lost. It was not acquired.</exception>
    public Task<string> AcquireAsync(MessageAttachment picture) => AcquireAsync(picture.Id, () => LoadAsync(picture));

    /// <summary>Returns the address of the picture of a user, as <see cref="AcquireAsync(MessageAttachment)"/> does.</summary>
    /// <inheritdoc cref="AcquireAsync(MessageAttachment)" path="/exception"/>
    public Task<string> AcquireAvatarAsync(Guid id) => AcquireAsync(id, () => LoadAsync(id, AttachmentVariant.Original, "image/webp"));

    /// <summary>Returns the address of a picture that is loaded; null otherwise.</summary>
    public string? Find(Guid id) => _entries.GetValueOrDefault(id)?.Url is { IsCompletedSuccessfully: true } url ? url.Result : null;

    /// <summary>Ends one use of a picture.</summary>
    /// <param name="isRemoved">Whether no message has the picture any more, so that it is not kept.</param>
    public void Release(Guid id, bool isRemoved)
    {
        if (!_entries.TryGetValue(id, out var entry) || --entry.Users > 0)
            return;

        _unused.AddLast(id);
        if (isRemoved)
            Remove(id);
        else if (_unused.Count > UnusedMax)
            Remove(_unused.First!.Value);
    }

    /// <summary>Removes all pictures that are not shown, for example because their conversation was closed.</summary>
    public void RemoveUnused() => RemoveUnused(_ => false);

    /// <summary>Removes pictures that are not shown.</summary>
    /// <param name="isAttached">Returns whether a message still has the picture with an id, so that it is kept.</param>
    public void RemoveUnused(Func<Guid, bool> isAttached)
    {
        foreach (var id in _unused.Where(id => !isAttached(id)).ToList())
            Remove(id);
    }

    public void Dispose()
    {
        foreach (var id in _entries.Keys.ToList())
            Remove(id);
    }

    private async Task<string> AcquireAsync(Guid id, Func<Task<string>> load)
    {
        if (!_entries.TryGetValue(id, out var entry))
            _entries[id] = entry = new Entry(InSlotAsync(load));

        _unused.Remove(id);
        entry.Users++;
        try
        {
            return await entry.Url;
        }
        catch
        {
            entry.Users--;
            if (_entries.GetValueOrDefault(id) == entry)
                _entries.Remove(id);
            throw;
        }
    }

    private void Remove(Guid id)
    {
        _unused.Remove(id);
        if (_entries.Remove(id, out var entry))
            _ = ReleaseUrlAsync(entry);
    }

    private static async Task ReleaseUrlAsync(Entry entry)
    {
        try
        {
            FilesModule.ReleaseUrl(await entry.Url);
        }
        catch (Exception exception) when (exception is MessagingException or IOException or HttpRequestException)
        {
            // It was not loaded.
        }
    }

    /// <summary>Loads a picture when fewer than <see cref="AtOnce"/> others are being loaded.</summary>
    private async Task<string> InSlotAsync(Func<Task<string>> load)
    {
        await _loadSlots.WaitAsync();
        try
        {
            return await load();
        }
        finally
        {
            _loadSlots.Release();
        }
    }

    private async Task<string> LoadAsync(MessageAttachment picture)
    {
        try
        {
            return await LoadAsync(picture.Id, AttachmentVariant.Thumbnail, "image/webp");
        }
        catch (NotFoundException)
        {
            // A small picture may have no thumbnail.
            return await LoadAsync(picture.Id, AttachmentVariant.Original, picture.ContentType);
        }
    }

    private async Task<string> LoadAsync(Guid id, AttachmentVariant variant, string contentType)
    {
        using var limit = new CancellationTokenSource(_timeLimit, clock);
        using var bytes = new MemoryStream();
        try
        {
            await using var content = await attachments.OpenAsync(id, variant, cancellationToken: limit.Token);
            var part = new byte[PartBytes];
            while (await content.ReadAsync(part, limit.Token) is > 0 and var count)
            {
                bytes.Write(part, 0, count);
                limit.CancelAfter(_timeLimit);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw new IOException("The picture was not loaded in time.", exception);
        }

        return FilesModule.UrlOf(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), contentType);
    }

    private sealed class Entry(Task<string> url)
    {
        public Task<string> Url => url;

        public int Users { get; set; }
    }
}
