using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Tokens;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// Writes and reads links. A link has its content and a tag of 128 bits over it, under a key that is derived from the key of access tokens.
/// </summary>
internal sealed class MediaLinks(IOptions<JwtOptions> options)
{
    private const byte Version = 1;
    private const int IdBytes = 16;
    private const int TagBytes = 16;
    private const int ContentBytes = 1 + IdBytes + 1 + IdBytes + IdBytes + sizeof(int) + sizeof(long);

    /// <summary>The step of the end of links. Within it the links to an attachment are equal, so that a browser loads it once.</summary>
    private static readonly TimeSpan _step = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(options.Value.SigningKey), outputLength: 32, info: "media link"u8.ToArray());

    /// <summary>The length of the text of every link.</summary>
    public static int TextLength { get; } = Base64Url.GetEncodedLength(ContentBytes + TagBytes);

    /// <summary>Returns when a link that is created now expires: in 5 to 10 minutes, and never after the attachment.</summary>
    /// <param name="visibleUntil">When the viewer no longer sees the attachment; null for never.</param>
    public static DateTimeOffset EndOf(DateTimeOffset now, DateTimeOffset? visibleUntil)
    {
        var end = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % _step.Ticks), TimeSpan.Zero) + (2 * _step);

        return visibleUntil < end ? visibleUntil.Value : end;
    }

    public string Write(MediaLink link)
    {
        var bytes = new byte[ContentBytes + TagBytes];
        var rest = bytes.AsSpan();
        Put([Version], ref rest);
        Put(link.AttachmentId.Value.ToByteArray(bigEndian: true), ref rest);
        Put([(byte)link.Variant], ref rest);
        Put(link.ViewerId.Value.ToByteArray(bigEndian: true), ref rest);
        Put((link.SessionId?.Value ?? Guid.Empty).ToByteArray(bigEndian: true), ref rest);
        BinaryPrimitives.WriteInt32BigEndian(rest, link.AccessVersion);
        BinaryPrimitives.WriteInt64BigEndian(rest[sizeof(int)..], link.End.UtcTicks);
        TagOf(bytes.AsSpan(0, ContentBytes)).CopyTo(bytes.AsSpan(ContentBytes));

        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a link. Returns false if this server or another one with its key has not written exactly this text.</summary>
    public bool TryRead(string text, [NotNullWhen(true)] out MediaLink? link)
    {
        link = null;
        if (text.Length != TextLength || !Base64Url.IsValid(text, out var length) || length != ContentBytes + TagBytes)
            return false;

        var bytes = Base64Url.DecodeFromChars(text);
        var isOurs = CryptographicOperations.FixedTimeEquals(bytes.AsSpan(ContentBytes), TagOf(bytes.AsSpan(0, ContentBytes)));

        // Another text with the same bytes would be a second address of the same link.
        if (!isOurs || bytes[0] != Version || Base64Url.EncodeToString(bytes) != text)
            return false;

        var content = (ReadOnlySpan<byte>)bytes.AsSpan(1);
        var attachmentId = TakeId(ref content);
        var variant = (AttachmentVariant)content[0];
        content = content[1..];
        var viewerId = TakeId(ref content);
        var sessionId = TakeId(ref content);
        link = new MediaLink(
            new AttachmentId(attachmentId),
            variant,
            new UserId(viewerId),
            sessionId == Guid.Empty ? null : new SessionId(sessionId),
            BinaryPrimitives.ReadInt32BigEndian(content),
            new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(content[sizeof(int)..]), TimeSpan.Zero));

        return true;
    }

    private static void Put(scoped ReadOnlySpan<byte> value, ref Span<byte> rest)
    {
        value.CopyTo(rest);
        rest = rest[value.Length..];
    }

    private static Guid TakeId(ref ReadOnlySpan<byte> content)
    {
        var id = new Guid(content[..IdBytes], bigEndian: true);
        content = content[IdBytes..];

        return id;
    }

    private ReadOnlySpan<byte> TagOf(ReadOnlySpan<byte> content) => HMACSHA256.HashData(_key, content).AsSpan(0, TagBytes);
}
