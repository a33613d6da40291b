using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests;

/// <summary>Computes hashes of send requests under keys that are made from their ids. The first key is the active one.</summary>
internal sealed class TestHasher(params string[] keyIds) : IRequestHasher
{
    /// <summary>A server without keys.</summary>
    public static readonly TestHasher None = new();

    public byte[]? Hash(ReadOnlySpan<byte> request) => keyIds.Length == 0 ? null : [.. HashUnder(keyIds[0], request), .. Bytes(keyIds[0])];

    public bool? Matches(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> request)
    {
        var keyId = Encoding.ASCII.GetString(hash[HMACSHA256.HashSizeInBytes..]);

        return keyIds.Contains(keyId) ? hash[..HMACSHA256.HashSizeInBytes].SequenceEqual(HashUnder(keyId, request)) : null;
    }

    private static byte[] HashUnder(string keyId, ReadOnlySpan<byte> request) => HMACSHA256.HashData(Bytes(keyId), request);

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
