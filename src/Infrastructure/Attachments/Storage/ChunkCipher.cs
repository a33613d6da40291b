using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Encrypts an object in chunks of 64 KiB with AES-256-GCM. Chunk i is stored at i * 65,552: the encrypted chunk, and its tag of 16 bytes.
/// The nonce is the number of the chunk (8 bytes, big-endian), three zero bytes, and 1 for the last chunk or 0 for the others.
/// </summary>
/// <remarks>
/// Each object has a key of its own, derived from the key of the file and the id of the object (HKDF with SHA-256), so that no nonce is
/// used twice with one key. A chunk that was changed, moved or exchanged does not decrypt, and neither does an object that was cut after a
/// chunk.
/// </remarks>
internal sealed class ChunkCipher : IDisposable
{
    /// <summary>The length of a chunk, except for the last one, before it is encrypted.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>How many bytes encryption adds to a chunk.</summary>
    public const int TagBytes = 16;

    private const int StoredChunkBytes = ChunkBytes + TagBytes;
    private const int NonceBytes = 12;

    private readonly AesGcm _cipher;

    public ChunkCipher(ReadOnlySpan<byte> fileKey, Guid objectId)
    {
        Span<byte> key = stackalloc byte[FileKeys.KeyBytes];
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            fileKey,
            key,
            salt: [],
            info: [.. "CleanMessaging attachment object"u8, .. objectId.ToByteArray(bigEndian: true)]);
        _cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Returns the number of the last chunk of an object.</summary>
    public static long LastChunkOf(long length) => (length - 1) / ChunkBytes;

    /// <summary>Returns the position of a chunk in the stored object.</summary>
    public static long PositionOf(long chunk) => chunk * StoredChunkBytes;

    /// <summary>Encrypts a chunk in place.</summary>
    /// <param name="content">The chunk, followed by <see cref="TagBytes"/> bytes of space for the tag.</param>
    public void Encrypt(long chunk, bool isLast, Span<byte> content)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        SetNonce(nonce, chunk, isLast);
        var plain = content[..^TagBytes];
        _cipher.Encrypt(nonce, plain, plain, content[^TagBytes..]);
    }

    /// <summary>Decrypts a chunk in place.</summary>
    /// <param name="content">The encrypted chunk with its tag.</param>
    /// <exception cref="CryptographicException">This is not the chunk that was encrypted.</exception>
    public void Decrypt(long chunk, bool isLast, Span<byte> content)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        SetNonce(nonce, chunk, isLast);
        var encrypted = content[..^TagBytes];
        _cipher.Decrypt(nonce, encrypted, content[^TagBytes..], encrypted);
    }

    public void Dispose() => _cipher.Dispose();

    private static void SetNonce(Span<byte> nonce, long chunk, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce, chunk);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}
