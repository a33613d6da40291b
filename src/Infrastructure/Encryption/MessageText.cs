using System.Buffers.Binary;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// The place of a message text, to which its encrypted form is bound: it can be decrypted nowhere else. Neither the expiry nor the revision
/// is part of it, because they change while the text does not.
/// </summary>
/// <param name="Version">The number of the edit that made the text; 0 for the text as it was sent.</param>
internal readonly record struct MessageText(Guid ConversationId, Guid MessageId, long Sequence, Guid SenderId, int Version)
{
    /// <summary>The length of <see cref="WriteTo"/> in bytes.</summary>
    public const int Bytes = 3 * 16 + sizeof(long) + sizeof(int);

    /// <summary>Returns the place of the current text of a message.</summary>
    public static MessageText Of(Message message) =>
        new(message.ConversationId, message.Id, message.Sequence, message.SenderId, message.Version);

    /// <summary>Writes all parts, each with a fixed length and in big-endian order.</summary>
    public void WriteTo(Span<byte> target)
    {
        ConversationId.TryWriteBytes(target, bigEndian: true, out _);
        MessageId.TryWriteBytes(target[16..], bigEndian: true, out _);
        SenderId.TryWriteBytes(target[32..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(target[48..], Sequence);
        BinaryPrimitives.WriteInt32BigEndian(target[56..], Version);
    }
}
