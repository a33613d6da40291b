using System.Collections.Concurrent;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Stores attachments in memory and inspects nothing, so that tests see what the server stores and deletes, and choose what fails.
/// </summary>
public sealed class MemoryAttachments : IAttachmentStore, IAttachmentInspector
{
    private const string InfectedName = "infected.bin";

    private readonly ConcurrentDictionary<Guid, byte[]> _objects = new();
    private int _reads;
    private long _bytesRead;

    public bool IsAvailable { get; init; } = true;

    /// <summary>The ids of the stored objects.</summary>
    public ICollection<Guid> Objects => _objects.Keys;

    /// <summary>How often an object was opened.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Whether every call fails as if the storage did not answer.</summary>
    public bool IsDown { get; set; }

    /// <summary>The objects whose deletion fails.</summary>
    public ICollection<Guid> Undeletable { get; } = [];

    /// <summary>Whether deletions fail.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>How long each further read of 64 KiB waits; no time by default.</summary>
    public TimeSpan ReadDelay { get; set; }

    /// <summary>The number of bytes that were read of bodies.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Runs at the end of each write, before it is answered.</summary>
    public Func<Task> Writing { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs at the beginning of each inspection.</summary>
    public Func<Task> Inspecting { get; set; } = () => Task.CompletedTask;

    /// <summary>Replaces the storage and the inspection of a server.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.RemoveAll<IAttachmentStore>();
        services.RemoveAll<IAttachmentInspector>();
        services.AddSingleton<IAttachmentStore>(this);
        services.AddSingleton<IAttachmentInspector>(this);
    }

    public byte[] CreateKey(AttachmentId attachmentId) => attachmentId.Value.ToByteArray();

    public async Task<long> WriteAsync(
        AttachmentId attachmentId, byte[] encryptedKey, Guid objectId, Stream plain, long bytesMax, CancellationToken bodyAborted)
    {
        EnsureUp();
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (content.Length < bytesMax)
            {
                var read = await plain.ReadAsync(
                    buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytesMax - content.Length)), bodyAborted);
                if (read == 0)
                    break;

                content.Write(buffer, 0, read);
                Interlocked.Add(ref _bytesRead, read);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The body broke off.
        }

        if (content.Length > 0)
            _objects.TryAdd(objectId, content.ToArray()).ShouldBeTrue("An object is written once.");

        await Writing();

        return content.Length;
    }

    public Task<Stream> OpenReadAsync(
        AttachmentId attachmentId,
        byte[] encryptedKey,
        StoredObject stored,
        long offset,
        long length,
        CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        EnsureUp();
        if (!_objects.TryGetValue(stored.Id, out var content) || content.Length != stored.Length)
            throw new AttachmentCorruptException("The object is missing.");

        return Task.FromResult<Stream>(new SlowStream(content[(int)offset..(int)(offset + length)], () => ReadDelay));
    }

    public Task DeleteAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken)
    {
        EnsureUp();
        if (IsReadOnly)
            throw new AttachmentUnavailableException("The storage is read-only.");

        if (objectIds.Any(Undeletable.Contains))
            throw new AttachmentUnavailableException("The storage does not delete the object.");

        foreach (var id in objectIds)
            _objects.TryRemove(id, out _);

        return Task.CompletedTask;
    }

    public async Task<AttachmentContent> InspectAsync(
        AttachmentToInspect attachment,
        Func<AttachmentObjectRole, CancellationToken, Task<Guid>> reserveObject,
        CancellationToken cancellationToken)
    {
        EnsureUp();
        await Inspecting();
        if (attachment.Name == InfectedName)
            throw new DomainException(AttachmentErrors.Infected);

        byte[] content =
        [
            .. attachment.Parts.SelectMany(part =>
                _objects.GetValueOrDefault(part.Id) ?? throw new AttachmentCorruptException("The object is missing.")),
        ];
        content.LongLength.ShouldBe(attachment.Bytes);
        var original = await reserveObject(AttachmentObjectRole.Original, cancellationToken);
        _objects[original] = content;
        if (attachment.Kind == AttachmentKind.Avatar)
            return new AttachmentContent("image/webp", original, content.Length, 320, 320, "LEHV6nWB2yk8pyo0adR*.7kCMdnj", null, null);

        if (attachment.Kind != AttachmentKind.Image)
        {
            var type = attachment.Kind == AttachmentKind.Voice ? "audio/mp4" : "application/octet-stream";

            return new AttachmentContent(type, original, content.Length, null, null, null, null, null);
        }

        var thumbnail = await reserveObject(AttachmentObjectRole.Thumbnail, cancellationToken);
        _objects[thumbnail] = [1, 2, 3];

        return new AttachmentContent("image/png", original, content.Length, 4, 3, "LEHV6nWB2yk8pyo0adR*.7kCMdnj", thumbnail, 3);
    }

    private void EnsureUp()
    {
        if (IsDown)
            throw new AttachmentUnavailableException("The storage does not answer.");
    }

    /// <summary>Returns up to 64 KiB at a time, each but the first after a delay.</summary>
    private sealed class SlowStream(byte[] content, Func<TimeSpan> delay) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > 0 && delay() > TimeSpan.Zero)
                await Task.Delay(delay(), cancellationToken);

            return await base.ReadAsync(buffer[..Math.Min(buffer.Length, 64 * 1024)], cancellationToken);
        }
    }
}
