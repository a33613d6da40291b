using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Encryption;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Makes the keys of files, and encrypts each under a key of the ring with AES-256-GCM. An encrypted key is a random nonce (12 bytes), the
/// key (32), a tag (16), and the id of the key of the ring in ASCII. It belongs to one attachment.
/// </summary>
internal sealed class FileKeys(KeyRing ring)
{
    /// <summary>The name under which the keys are derived. Stored keys depend on it.</summary>
    private const string Purpose = "CleanMessaging attachment";

    /// <summary>The length of a file key in bytes.</summary>
    public const int KeyBytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int FixedBytes = NonceBytes + KeyBytes + TagBytes;

    public bool HasKey => ring.ActiveKeyId is not null;

    /// <summary>Returns a new random key, encrypted under the active key of the ring.</summary>
    /// <exception cref="InvalidOperationException">The ring is empty.</exception>
    public byte[] Create(AttachmentId attachmentId)
    {
        var keyId = ring.ActiveKeyId ?? throw new InvalidOperationException("The key ring is empty.");
        Span<byte> key = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(key);
        var stored = new byte[FixedBytes + keyId.Length];
        var nonce = stored.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Encoding.ASCII.GetBytes(keyId, stored.AsSpan(FixedBytes));
        using var cipher = CipherOf(keyId);
        cipher.Encrypt(
            nonce, key, stored.AsSpan(NonceBytes, KeyBytes), stored.AsSpan(NonceBytes + KeyBytes, TagBytes), ContextOf(attachmentId));
        CryptographicOperations.ZeroMemory(key);

        return stored;
    }

    /// <summary>Decrypts the key of an attachment.</summary>
    /// <exception cref="KeyNotFoundException">The ring does not have the key that the key is encrypted under.</exception>
    /// <exception cref="CryptographicException">The key was changed, or is that of another attachment.</exception>
    public byte[] Decrypt(AttachmentId attachmentId, ReadOnlySpan<byte> stored)
    {
        if (stored.Length <= FixedBytes)
            throw new CryptographicException("The encrypted key is too short.");

        var key = new byte[KeyBytes];
        using var cipher = CipherOf(Encoding.ASCII.GetString(stored[FixedBytes..]));
        cipher.Decrypt(
            stored[..NonceBytes],
            stored.Slice(NonceBytes, KeyBytes),
            stored.Slice(NonceBytes + KeyBytes, TagBytes),
            key,
            ContextOf(attachmentId));

        return key;
    }

    private static byte[] ContextOf(AttachmentId attachmentId) =>
        [.. "attachment"u8, .. attachmentId.Value.ToByteArray(bigEndian: true)];

    private AesGcm CipherOf(string keyId)
    {
        var key = ring.DeriveKey(keyId, Purpose);
        var cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);

        return cipher;
    }
}
