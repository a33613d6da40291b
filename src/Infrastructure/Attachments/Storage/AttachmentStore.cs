using System.Security.Cryptography;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Encrypts the objects of attachments and keeps them in a folder or a bucket.</summary>
/// <param name="storage">The folder or the bucket; null without one.</param>
internal sealed class AttachmentStore(
    IObjectStorage? storage, FileKeys keys, MessagingMetrics metrics, ILogger<AttachmentStore> logger) : IAttachmentStore
{
    /// <summary>How long a call of the storage may take.</summary>
    public TimeSpan Wait { get; init; } = StorageCallGuard.DefaultWait;

    public bool IsAvailable => storage is not null && keys.HasKey;

    private IObjectStorage Storage => storage ?? throw new InvalidOperationException("Attachments are off.");

    public byte[] CreateKey(AttachmentId attachmentId) => keys.Create(attachmentId);

    public async Task<long> WriteAsync(
        AttachmentId attachmentId, byte[] encryptedKey, Guid objectId, Stream plain, long bytesMax, CancellationToken bodyAborted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesMax);
        if (bytesMax == 0)
            return 0;

        var guard = GuardOf(StorageCallGuard.Write, attachmentId);
        using var cipher = CipherOf(attachmentId, encryptedKey, objectId, guard);
        await using var file = await guard.RunAsync(_ => Storage.CreateFileAsync(objectId), bytes: 0, CancellationToken.None);
        var body = new BodyReader(plain, bytesMax, bodyAborted);
        var length = await EncryptAsync(body, cipher, file, guard);
        if (length == 0)
            return 0;

        // From here on the caller does not cancel it: what has arrived is stored.
        await guard.RunAsync(
            limited => Storage.PutAsync(objectId, file, limited), length, CancellationToken.None);

        return length;
    }

    public async Task<Stream> OpenReadAsync(
        AttachmentId attachmentId,
        byte[] encryptedKey,
        StoredObject stored,
        long offset,
        long length,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, stored.Length - offset);
        if (length == 0)
            return Stream.Null;

        var guard = GuardOf(StorageCallGuard.Read, attachmentId);
        var cipher = CipherOf(attachmentId, encryptedKey, stored.Id, guard);
        Stream? opened = null;
        try
        {
            var source = await OpenChunksAsync(stored, offset, length, guard, cancellationToken);
            opened = source;
            var decrypting = new DecryptingStream(source, cipher, guard, stored.Length, offset, length);
            await decrypting.PrepareAsync(cancellationToken);

            return decrypting;
        }
        catch
        {
            cipher.Dispose();
            if (opened is not null)
                await opened.DisposeAsync();

            throw;
        }
    }

    public async Task DeleteAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken)
    {
        foreach (var objectId in objectIds)
        {
            await GuardOf(StorageCallGuard.Delete, objectId).RunAsync(
                limited => Storage.DeleteAsync(objectId, limited), bytes: 0, cancellationToken);
        }
    }

    private static async Task<long> EncryptAsync(BodyReader body, ChunkCipher cipher, UnfinishedFile file, StorageCallGuard guard)
    {
        // One byte of the next chunk says whether there is one. The tag takes its place, so it is kept apart.
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkCipher.ChunkBytes + ChunkCipher.TagBytes);
        var length = 0L;
        var filled = 0;
        for (var chunk = 0L; ; chunk++)
        {
            filled += await body.ReadAsync(buffer.AsMemory(filled, ChunkCipher.ChunkBytes + 1 - filled));
            if (filled == 0)
                return 0;

            var isLast = filled <= ChunkCipher.ChunkBytes;
            var count = Math.Min(filled, ChunkCipher.ChunkBytes);
            var next = buffer[ChunkCipher.ChunkBytes];
            var content = buffer.AsMemory(0, count + ChunkCipher.TagBytes);
            cipher.Encrypt(chunk, isLast, content.Span);
            await guard.RunAsync(
                limited => file.Content.WriteAsync(content, limited).AsTask(), bytes: 0, CancellationToken.None);
            length += count;
            if (isLast)
                return length;

            buffer[0] = next;
            filled = 1;
        }
    }

    private async Task<Stream> OpenChunksAsync(
        StoredObject stored, long offset, long length, StorageCallGuard guard, CancellationToken cancellationToken)
    {
        var first = offset / ChunkCipher.ChunkBytes;
        var last = (offset + length - 1) / ChunkCipher.ChunkBytes;
        var position = ChunkCipher.PositionOf(first);
        var end = last == ChunkCipher.LastChunkOf(stored.Length)
            ? stored.Length + ((last + 1) * ChunkCipher.TagBytes)
            : ChunkCipher.PositionOf(last + 1);

        return await guard.RunAsync(
                limited => Storage.OpenAsync(stored.Id, position, end - position, limited), bytes: 0, cancellationToken)
            ?? throw guard.Corrupt("It is missing.");
    }

    private StorageCallGuard GuardOf(string operation, Guid id) => new(Storage, operation, id, Wait, metrics, logger);

    private ChunkCipher CipherOf(AttachmentId attachmentId, byte[] encryptedKey, Guid objectId, StorageCallGuard guard)
    {
        byte[] key;
        try
        {
            key = keys.Decrypt(attachmentId, encryptedKey);
        }
        catch (KeyNotFoundException exception)
        {
            throw guard.KeyMissing(exception);
        }
        catch (CryptographicException exception)
        {
            throw guard.Corrupt("The key of the file was changed, or is that of another file.", exception);
        }

        try
        {
            return new ChunkCipher(key, objectId);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
