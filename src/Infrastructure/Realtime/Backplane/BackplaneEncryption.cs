using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Infrastructure.Encryption;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// Encrypts messages between servers with AES-256-GCM under a key of the ring if message texts are encrypted, so that Redis can neither
/// read nor make them. An encrypted message is a format number (1 byte), the length of the id of the key (1), the id in ASCII, a random
/// nonce (12), the ciphertext and a tag (16).
/// </summary>
internal sealed class BackplaneEncryption(KeyRing ring, IOptions<EncryptionOptions> options)
{
    /// <summary>The name under which the keys are derived.</summary>
    private const string Purpose = "CleanMessaging backplane";

    /// <summary>No JSON begins with it.</summary>
    private const byte Format = 1;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Dictionary<string, byte[]> _keys =
        ring.KeyIds.ToDictionary(id => id, id => ring.DeriveKey(id, Purpose), StringComparer.Ordinal);

    /// <summary>Whether messages are encrypted. Encrypted ones of other servers are read in any case.</summary>
    public bool IsOn { get; } = options.Value.Messages;

    /// <summary>Whether a message is encrypted.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> message) => message.Length > 0 && message[0] == Format;

    /// <summary>Returns a message in the form in which it is published.</summary>
    public byte[] Encrypt(byte[] message)
    {
        if (!IsOn)
            return message;

        var keyId = ring.ActiveKeyId!;
        var header = 2 + keyId.Length;
        var encrypted = new byte[header + NonceBytes + message.Length + TagBytes];
        (encrypted[0], encrypted[1]) = (Format, (byte)keyId.Length);
        Encoding.ASCII.GetBytes(keyId, encrypted.AsSpan(2));
        var nonce = encrypted.AsSpan(header, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_keys[keyId], TagBytes);
        cipher.Encrypt(
            nonce,
            message,
            encrypted.AsSpan(header + NonceBytes, message.Length),
            encrypted.AsSpan(encrypted.Length - TagBytes),
            encrypted.AsSpan(0, header));

        return encrypted;
    }

    /// <summary>Returns a message of another server; one that is not encrypted as it is.</summary>
    /// <exception cref="CryptographicException">The message was not encrypted by a server with the same keys, or was changed.</exception>
    public ReadOnlyMemory<byte> Decrypt(ReadOnlyMemory<byte> message)
    {
        if (!IsEncrypted(message.Span))
            return message;

        var bytes = message.Span;
        var header = bytes.Length > 1 ? 2 + bytes[1] : 2;
        var length = bytes.Length - header - NonceBytes - TagBytes;
        if (length < 0 || !_keys.TryGetValue(Encoding.ASCII.GetString(bytes[2..header]), out var key))
            throw new CryptographicException("The message is not encrypted under a key of this server.");

        var decrypted = new byte[length];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(
            bytes.Slice(header, NonceBytes), bytes.Slice(header + NonceBytes, length), bytes[^TagBytes..], decrypted, bytes[..header]);

        return decrypted;
    }
}
