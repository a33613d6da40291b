using System.Collections.Concurrent;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>A storage of attachments in memory, with failures on demand.</summary>
internal sealed class PartialWriteStore : IAttachmentStore
{
    private readonly ConcurrentDictionary<Guid, byte[]> _objects = new();

    public bool IsAvailable => true;

    /// <summary>The ids in the order in which their objects were reserved, with their roles.</summary>
    public List<(AttachmentObjectRole Role, Guid Id)> Reserved { get; } = [];

    /// <summary>How many bytes of an object are stored; the rest counts as broken off.</summary>
    public long BytesMax { get; set; } = long.MaxValue;

    public byte[] this[Guid id] => _objects[id];

    public int Count => _objects.Count;

    /// <summary>Stores a file in parts, as an upload does.</summary>
    public AttachmentToInspect Upload(AttachmentKind kind, byte[] file, int parts = 1, int? durationMs = null, string name = "upload")
    {
        var stored = file.Chunk(Math.Max(1, (file.Length + parts - 1) / parts)).Select(part => new StoredObject(Add(part), part.Length)).ToList();

        return new AttachmentToInspect(new AttachmentId(Guid.CreateVersion7()), [1, 2, 3], kind, name, file.Length, durationMs, stored);
    }

    public Task<Guid> ReserveAsync(AttachmentObjectRole role, CancellationToken _)
    {
        var id = Guid.CreateVersion7();
        Reserved.Add((role, id));

        return Task.FromResult(id);
    }

    public byte[] CreateKey(AttachmentId attachmentId) => [1, 2, 3];

    public async Task<long> WriteAsync(
        AttachmentId attachmentId, byte[] encryptedKey, Guid objectId, Stream plain, long bytesMax, CancellationToken bodyAborted)
    {
        Reserved.ShouldContain(reserved => reserved.Id == objectId);
        using var content = new MemoryStream();
        var buffer = new byte[1000];
        while (content.Length < bytesMax && await plain.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytesMax - content.Length)), bodyAborted) is var read and > 0)
            content.Write(buffer, 0, read);

        var stored = content.ToArray()[..(int)Math.Min(content.Length, BytesMax)];
        _objects[objectId] = stored;

        return stored.Length;
    }

    public Task<Stream> OpenReadAsync(
        AttachmentId attachmentId, byte[] encryptedKey, StoredObject stored, long offset, long length, CancellationToken cancellationToken) =>
        _objects.TryGetValue(stored.Id, out var content)
            ? Task.FromResult<Stream>(new MemoryStream(content, (int)offset, (int)length))
            : throw new AttachmentCorruptException("missing");

    public Task DeleteAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken)
    {
        foreach (var id in objectIds)
            _objects.TryRemove(id, out _);

        return Task.CompletedTask;
    }

    private Guid Add(byte[] content)
    {
        var id = Guid.CreateVersion7();
        _objects[id] = content;

        return id;
    }
}
