using System.Buffers.Binary;
using System.Text;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>The parts of a send that a repetition must have too, in the form that is hashed.</summary>
/// <param name="MessageId">The message of the send; equal requests of two messages have different hashes.</param>
/// <param name="ExpirationHours">The hours that the send asked for; null for none.</param>
/// <param name="UsesDefaultExpiration">Whether the send asked for no hours and the conversation's default applied.</param>
internal readonly record struct SentRequest(
    MessageId MessageId,
    ConversationId ConversationId,
    string Content,
    int? ExpirationHours,
    bool UsesDefaultExpiration,
    long? ReplyToSequence)
{
    /// <summary>The number of this form. Stored hashes depend on the form, so another one needs another number.</summary>
    private const byte Form = 1;

    /// <summary>The length of everything before the text: form, two ids, expiration, hours, sequence.</summary>
    private const int TextStart = 1 + 16 + 16 + 1 + 4 + 8;

    /// <summary>Returns the request as bytes. Two different requests never have the same bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[TextStart + Encoding.UTF8.GetByteCount(Content)];
        var rest = bytes.AsSpan();
        rest[0] = Form;
        MessageId.Value.TryWriteBytes(rest[1..], bigEndian: true, out _);
        ConversationId.Value.TryWriteBytes(rest[17..], bigEndian: true, out _);
        rest[33] = UsesDefaultExpiration ? (byte)1 : (byte)0;

        // No message has 0 hours, and none replies to sequence 0.
        BinaryPrimitives.WriteInt32BigEndian(rest[34..], ExpirationHours ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(rest[38..], ReplyToSequence ?? 0);
        Encoding.UTF8.GetBytes(Content, rest[TextStart..]);

        return bytes;
    }
}
