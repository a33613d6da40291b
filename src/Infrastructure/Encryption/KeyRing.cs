using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// The keys of the server outside of its database. No feature uses a key itself: each derives one of its own, so that what one feature
/// stores is of no use to another.
/// </summary>
internal sealed class KeyRing(IOptions<EncryptionOptions> options)
{
    private readonly Dictionary<string, byte[]> _keys = new(options.Value.Keys, StringComparer.Ordinal);

    /// <summary>The id of the key for new data; null if there are no keys.</summary>
    public string? ActiveKeyId { get; } = options.Value.ActiveKey;

    /// <summary>The ids of all keys.</summary>
    public IEnumerable<string> KeyIds => _keys.Keys;

    /// <summary>Derives the key of a feature from a key of the ring (HKDF with SHA-256): 32 bytes.</summary>
    /// <param name="purpose">A name of the feature, which never changes.</param>
    /// <exception cref="KeyNotFoundException">The ring does not have the key.</exception>
    public byte[] DeriveKey(string keyId, string purpose) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, _keys[keyId], EncryptionOptions.KeyBytes, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>Adds a key that the KMS has decrypted. It is called before the server starts, when nothing else uses the ring.</summary>
    internal void Add(string keyId, byte[] key) => _keys.Add(keyId, key);
}
