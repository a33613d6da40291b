using System.Security.Cryptography;
using System.Text;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// Makes random keys of 32 bytes, and encrypts them under a key of the ring with AES-256-GCM, so that they can be stored. An encrypted key
/// is a random nonce (12 bytes), the key (32), a tag (16), and the id of the key of the ring in ASCII. It belongs to one owner: the
/// encrypted key of another one cannot be decrypted in its place.
/// </summary>
/// <param name="purpose">The name under which the keys are derived from the ring. Stored keys depend on it.</param>
/// <param name="owner">The kind of the owners, in ASCII. Stored keys depend on it.</param>
internal sealed class KeyEncryption(KeyRing ring, string purpose, string owner)
{
    /// <summary>The length of a key in bytes.</summary>
    public const int KeyBytes = 32;

    /// <summary>The length of an encrypted key without the id of the key of the ring, which follows it.</summary>
    public const int FixedBytes = NonceBytes + KeyBytes + TagBytes;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>The SQL expression for the id of the key of the ring in a column <c>encrypted_key</c>, as in the indexes on it.</summary>
    public static readonly string KeyIdInSql = $"substring(encrypted_key FROM {FixedBytes + 1})";

    private readonly byte[] _owner = Encoding.ASCII.GetBytes(owner);

    public bool HasKey => ring.ActiveKeyId is not null;

    /// <summary>Returns a new random key, encrypted under the active key of the ring.</summary>
    /// <exception cref="InvalidOperationException">The ring is empty.</exception>
    public byte[] Create(Guid ownerId)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(key);
        var stored = Encrypt(ownerId, key);
        CryptographicOperations.ZeroMemory(key);

        return stored;
    }

    /// <summary>Decrypts the key of an owner.</summary>
    /// <exception cref="KeyNotFoundException">The ring does not have the key that the key is encrypted under.</exception>
    /// <exception cref="CryptographicException">The key was changed, or is that of another owner.</exception>
    public byte[] Decrypt(Guid ownerId, ReadOnlySpan<byte> stored)
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
            ContextOf(ownerId));

        return key;
    }

    /// <summary>Decrypts the key of an owner, and encrypts it under the active key of the ring.</summary>
    /// <inheritdoc cref="Decrypt" path="/exception"/>
    public byte[] EncryptAgain(Guid ownerId, ReadOnlySpan<byte> stored)
    {
        var key = Decrypt(ownerId, stored);
        var again = Encrypt(ownerId, key);
        CryptographicOperations.ZeroMemory(key);

        return again;
    }

    private byte[] Encrypt(Guid ownerId, ReadOnlySpan<byte> key)
    {
        var keyId = ring.ActiveKeyId ?? throw new InvalidOperationException("The key ring is empty.");
        var stored = new byte[FixedBytes + keyId.Length];
        var nonce = stored.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Encoding.ASCII.GetBytes(keyId, stored.AsSpan(FixedBytes));
        using var cipher = CipherOf(keyId);
        cipher.Encrypt(
            nonce, key, stored.AsSpan(NonceBytes, KeyBytes), stored.AsSpan(NonceBytes + KeyBytes, TagBytes), ContextOf(ownerId));

        return stored;
    }

    private byte[] ContextOf(Guid ownerId) => [.. _owner, .. ownerId.ToByteArray(bigEndian: true)];

    private AesGcm CipherOf(string keyId)
    {
        var key = ring.DeriveKey(keyId, purpose);
        var cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);

        return cipher;
    }
}
