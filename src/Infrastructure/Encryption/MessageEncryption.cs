using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// Encrypts message texts with AES-256-GCM under a key of their conversation, which is stored encrypted under a key of the ring. The stored
/// form of a text is Base64 of a format number (1 byte), a random nonce (12), the ciphertext and a tag (16). It is bound to its
/// <see cref="TextPlace"/>. Decrypted keys are in memory only, and for some minutes.
/// </summary>
internal sealed partial class MessageEncryption(
    KeyRing ring, IOptions<EncryptionOptions> options, MessagingMetrics metrics, ILogger<MessageEncryption> logger, TimeProvider clock)
{
    /// <summary>The maximum length of the stored form of a text, whose 5,000 code points have up to 4 bytes each.</summary>
    public const int StoredMaxLength = (HeaderBytes + (4 * 5_000) + TagBytes + 2) / 3 * 4;

    /// <summary>The maximum number of decrypted keys in memory. When it is exceeded, all are dropped.</summary>
    private const int KeysMax = 50_000;

    private const byte Format = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = 1 + NonceBytes;

    /// <summary>The name under which the key for texts is derived from that of the conversation. Stored texts depend on it.</summary>
    private static readonly byte[] _textPurpose = "message text"u8.ToArray();

    private static readonly TimeSpan _logInterval = TimeSpan.FromMinutes(1);

    /// <summary>How long a read uses a decrypted key in memory, also after it was erased from the database.</summary>
    private static readonly TimeSpan _keepFor = TimeSpan.FromMinutes(10);

    private readonly KeyEncryption _keys = new(ring, "CleanMessaging conversation", "conversation");
    private readonly ConcurrentDictionary<Guid, DecryptedKey> _decrypted = new();
    private long _nextLogAt = long.MinValue;

    /// <summary>Whether new texts are encrypted. Stored ones are decrypted in any case.</summary>
    public bool IsOn { get; } = options.Value.Messages;

    /// <summary>Returns a new random key for a conversation, encrypted under the active key of the ring.</summary>
    public byte[] CreateKey(Guid conversationId) => _keys.Create(conversationId);

    /// <inheritdoc cref="KeyEncryption.EncryptAgain"/>
    public byte[] EncryptKeyAgain(Guid conversationId, ReadOnlySpan<byte> encryptedKey) => _keys.EncryptAgain(conversationId, encryptedKey);

    /// <summary>Returns the stored form of a text. An empty text stays empty.</summary>
    /// <param name="encryptedKey">The key of the conversation as it is stored.</param>
    /// <inheritdoc cref="KeyEncryption.Decrypt" path="/exception"/>
    public string Encrypt(in TextPlace place, byte[] encryptedKey, string text)
    {
        if (text.Length == 0)
            return text;

        var length = Encoding.UTF8.GetByteCount(text);
        var stored = new byte[HeaderBytes + length + TagBytes];
        stored[0] = Format;
        var nonce = stored.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        var content = stored.AsSpan(HeaderBytes, length);
        Encoding.UTF8.GetBytes(text, content);
        Span<byte> context = stackalloc byte[1 + TextPlace.Bytes];
        WriteContext(place, context);
        using var cipher = new AesGcm(KeyOf(place.ConversationId, encryptedKey), TagBytes);
        cipher.Encrypt(nonce, content, content, stored.AsSpan(HeaderBytes + length), context);

        return Convert.ToBase64String(stored);
    }

    /// <summary>
    /// Decrypts a stored text with the key of its conversation that is in memory. Returns false if there is none, or if it does not fit.
    /// </summary>
    public bool TryDecrypt(in TextPlace place, string stored, out string? text)
    {
        var isKnown = _decrypted.TryGetValue(place.ConversationId, out var key) && clock.GetElapsedTime(key.KeptAt) < _keepFor;
        text = isKnown ? DecryptWith(key!.TextKey, place, stored) : null;

        return text is not null;
    }

    /// <summary>Decrypts a stored text. Returns null, and reports it, if that is not possible.</summary>
    /// <param name="encryptedKey">The key of the conversation as it is stored; null if there is none.</param>
    public string? Decrypt(in TextPlace place, byte[]? encryptedKey, string stored)
    {
        string? text = null;
        if (encryptedKey is not null && TryKeep(place.ConversationId, encryptedKey, out var textKey))
            text = DecryptWith(textKey, place, stored);

        if (text is null)
            ReportUnreadable(place);

        return text;
    }

    /// <summary>Keeps the decrypted key of a conversation in memory. Returns false if it cannot be decrypted.</summary>
    public bool TryKeep(Guid conversationId, byte[] encryptedKey) => TryKeep(conversationId, encryptedKey, out _);

    /// <summary>Counts a text that cannot be decrypted, and logs it at most once a minute.</summary>
    public void ReportUnreadable(in TextPlace place)
    {
        metrics.UnreadableMessage();
        var (now, due) = (clock.GetTimestamp(), Volatile.Read(ref _nextLogAt));
        if (now < due)
            return;

        var next = now + (long)(_logInterval.TotalSeconds * clock.TimestampFrequency);
        if (Interlocked.CompareExchange(ref _nextLogAt, next, due) == due)
            Log.Unreadable(logger, place.MessageId, place.ConversationId);
    }

    private bool TryKeep(Guid conversationId, byte[] encryptedKey, out byte[] textKey)
    {
        try
        {
            textKey = KeyOf(conversationId, encryptedKey);

            return true;
        }
        catch (Exception exception) when (exception is KeyNotFoundException or CryptographicException)
        {
            textKey = [];

            return false;
        }
    }

    private byte[] KeyOf(Guid conversationId, byte[] encryptedKey)
    {
        var isKnown = _decrypted.TryGetValue(conversationId, out var known);
        if (isKnown && clock.GetElapsedTime(known!.KeptAt) < _keepFor && known.EncryptedKey.AsSpan().SequenceEqual(encryptedKey))
            return known.TextKey;

        var key = _keys.Decrypt(conversationId, encryptedKey);
        var textKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyEncryption.KeyBytes, info: _textPurpose);
        CryptographicOperations.ZeroMemory(key);
        if (_decrypted.Count >= KeysMax)
            _decrypted.Clear();

        _decrypted[conversationId] = new DecryptedKey(encryptedKey, textKey, clock.GetTimestamp());

        return textKey;
    }

    private static string? DecryptWith(byte[] textKey, in TextPlace place, string stored)
    {
        var bytes = new byte[(stored.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(stored, bytes, out var length) || length < HeaderBytes + TagBytes || bytes[0] != Format)
            return null;

        var content = bytes.AsSpan(HeaderBytes, length - HeaderBytes - TagBytes);
        Span<byte> context = stackalloc byte[1 + TextPlace.Bytes];
        WriteContext(place, context);
        using var cipher = new AesGcm(textKey, TagBytes);
        try
        {
            cipher.Decrypt(bytes.AsSpan(1, NonceBytes), content, bytes.AsSpan(length - TagBytes, TagBytes), content, context);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return Encoding.UTF8.GetString(content);
    }

    private static void WriteContext(in TextPlace place, Span<byte> context)
    {
        context[0] = Format;
        place.WriteTo(context[1..]);
    }

    /// <param name="TextKey">The key for texts, derived from the decrypted key of the conversation.</param>
    private sealed record DecryptedKey(byte[] EncryptedKey, byte[] TextKey, long KeptAt);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Message {MessageId} of conversation {ConversationId} cannot be decrypted, so it has no text; other ones are not logged within a minute, but counted")]
        public static partial void Unreadable(ILogger logger, MessageId messageId, ConversationId conversationId);
    }
}
