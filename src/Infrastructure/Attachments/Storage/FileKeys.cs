using System.Security.Cryptography;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Encryption;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Makes the keys of files, and encrypts each under a key of the ring. An encrypted key belongs to one attachment.</summary>
internal sealed class FileKeys(KeyRing ring)
{
    /// <summary>The length of a file key in bytes.</summary>
    public const int KeyBytes = KeyEncryption.KeyBytes;

    private readonly KeyEncryption _keys = new(ring, "CleanMessaging attachment", "attachment");

    public bool HasKey => _keys.HasKey;

    /// <inheritdoc cref="KeyEncryption.Create"/>
    public byte[] Create(AttachmentId attachmentId) => _keys.Create(attachmentId);

    /// <summary>Decrypts the key of an attachment.</summary>
    /// <exception cref="KeyNotFoundException">The ring does not have the key that the key is encrypted under.</exception>
    /// <exception cref="CryptographicException">The key was changed, or is that of another attachment.</exception>
    public byte[] Decrypt(AttachmentId attachmentId, ReadOnlySpan<byte> stored) => _keys.Decrypt(attachmentId, stored);

    /// <inheritdoc cref="KeyEncryption.EncryptAgain"/>
    public byte[] EncryptAgain(AttachmentId attachmentId, ReadOnlySpan<byte> stored) => _keys.EncryptAgain(attachmentId, stored);
}
