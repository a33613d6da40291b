using System.Security.Cryptography;
using CleanMessaging.Application.Attachments;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Reads a range of an object. It decrypts chunk by chunk, and returns no byte of a chunk before its tag is verified. It needs the memory
/// of one chunk.
/// </summary>
internal sealed class DecryptingStream : AsyncReadStream
{
    private readonly Stream _source;
    private readonly ChunkCipher _cipher;
    private readonly StorageCallGuard _guard;
    private readonly long _lastChunk;
    private readonly int _lastChunkBytes;
    private readonly byte[] _buffer;
    private long _chunk;
    private long _remaining;
    private int _skipped;
    private ReadOnlyMemory<byte> _decrypted;

    /// <param name="source">The stored object from the chunk with the offset on. The stream disposes it, and the cipher.</param>
    /// <param name="total">The length of the whole object before it was encrypted.</param>
    public DecryptingStream(Stream source, ChunkCipher cipher, StorageCallGuard guard, long total, long offset, long length)
    {
        _source = source;
        _cipher = cipher;
        _guard = guard;
        _lastChunk = ChunkCipher.LastChunkOf(total);
        _lastChunkBytes = (int)(total - (_lastChunk * ChunkCipher.ChunkBytes));
        _chunk = offset / ChunkCipher.ChunkBytes;
        _skipped = (int)(offset % ChunkCipher.ChunkBytes);
        _remaining = length;
        _buffer = GC.AllocateUninitializedArray<byte>(
            (_lastChunk == 0 ? _lastChunkBytes : ChunkCipher.ChunkBytes) + ChunkCipher.TagBytes);
    }

    /// <summary>Reads and verifies the first chunk, so that a missing or damaged object is known before the first byte is sent.</summary>
    public Task PrepareAsync(CancellationToken cancellationToken) => ReadChunkAsync(cancellationToken);

    /// <exception cref="AttachmentCorruptException">A chunk is not the one that was stored, or is missing.</exception>
    /// <exception cref="AttachmentUnavailableException">The storage fails, or delivers a chunk too slowly.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_remaining == 0 || buffer.IsEmpty)
            return 0;

        if (_decrypted.IsEmpty)
            await ReadChunkAsync(cancellationToken);

        var count = Math.Min(buffer.Length, _decrypted.Length);
        _decrypted[..count].CopyTo(buffer);
        _decrypted = _decrypted[count..];
        _remaining -= count;

        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _cipher.Dispose();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
            _cipher.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task ReadChunkAsync(CancellationToken cancellationToken)
    {
        var isLast = _chunk == _lastChunk;
        var bytes = isLast ? _lastChunkBytes : ChunkCipher.ChunkBytes;
        var content = _buffer.AsMemory(0, bytes + ChunkCipher.TagBytes);
        var count = await _guard.RunAsync(
            limited => _source.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, limited).AsTask(),
            content.Length,
            cancellationToken);
        if (count < content.Length)
            throw _guard.Corrupt("It is too short.");

        try
        {
            _cipher.Decrypt(_chunk, isLast, content.Span);
        }
        catch (CryptographicException exception)
        {
            throw _guard.Corrupt("It was changed, or the key is not that of the file.", exception);
        }

        _decrypted = content[_skipped..bytes];
        if (_decrypted.Length > _remaining)
            _decrypted = _decrypted[..(int)_remaining];

        _skipped = 0;
        _chunk++;
    }
}
