using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// Computes hashes of send requests with HMAC-SHA-256 under keys of the ring. A hash is stored as its 32 bytes, followed by the id of the
/// key in ASCII.
/// </summary>
internal sealed class RequestHasher(KeyRing ring) : IRequestHasher
{
    /// <summary>The name under which the keys are derived. Stored hashes depend on it.</summary>
    public const string Purpose = "CleanMessaging send request";

    private const int HashBytes = HMACSHA256.HashSizeInBytes;

    private readonly FrozenDictionary<string, byte[]> _keys =
        ring.KeyIds.ToFrozenDictionary(id => id, id => ring.DeriveKey(id, Purpose), StringComparer.Ordinal);

    public byte[]? Hash(ReadOnlySpan<byte> request)
    {
        if (ring.ActiveKeyId is not { } keyId)
            return null;

        var stored = new byte[HashBytes + keyId.Length];
        HMACSHA256.HashData(_keys[keyId], request, stored);
        Encoding.ASCII.GetBytes(keyId, stored.AsSpan(HashBytes));

        return stored;
    }

    public bool? Matches(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> request)
    {
        if (hash.Length <= HashBytes || !_keys.TryGetValue(Encoding.ASCII.GetString(hash[HashBytes..]), out var key))
            return null;

        Span<byte> expected = stackalloc byte[HashBytes];
        HMACSHA256.HashData(key, request, expected);

        return CryptographicOperations.FixedTimeEquals(expected, hash[..HashBytes]);
    }
}
