using System.Buffers.Binary;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// The place of a message text, to which its encrypted form is bound: it can be decrypted nowhere else. Neither the expiry nor the revision
/// is part of it, because they change while the text does not.
/// </summary>
/// <param name="Version">The number of the edit that made the text; 0 for the text as it was sent.</param>
internal readonly record struct TextPlace(
    ConversationId ConversationId, MessageId MessageId, long Sequence, UserId SenderId, int Version)
{
    /// <summary>The length of <see cref="WriteTo"/> in bytes.</summary>
    public const int Bytes = 3 * 16 + sizeof(long) + sizeof(int);

    /// <summary>Returns the place of the current text of a message.</summary>
    public static TextPlace Of(Message message) =>
        new(
            new ConversationId(message.ConversationId),
            new MessageId(message.Id),
            message.Sequence,
            new UserId(message.SenderId),
            message.Version);

    /// <summary>Writes all parts, each with a fixed length and in big-endian order.</summary>
    public void WriteTo(Span<byte> target)
    {
        ConversationId.Value.TryWriteBytes(target, bigEndian: true, out _);
        MessageId.Value.TryWriteBytes(target[16..], bigEndian: true, out _);
        SenderId.Value.TryWriteBytes(target[32..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(target[48..], Sequence);
        BinaryPrimitives.WriteInt32BigEndian(target[56..], Version);
    }
}
