using System.Buffers.Binary;
using System.Text;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>The parts of a send that a repetition must have too, in the form that is hashed.</summary>
/// <param name="MessageId">The message of the send; equal requests of two messages have different hashes.</param>
/// <param name="ExpirationHours">The hours that the send asked for; null for none.</param>
/// <param name="UsesDefaultExpiration">Whether the send asked for no hours and the conversation's default applied.</param>
/// <param name="AttachmentIds">The attachments in the order of the send; empty if there are none.</param>
internal readonly record struct SentRequest(
    MessageId MessageId,
    ConversationId ConversationId,
    string Content,
    int? ExpirationHours,
    bool UsesDefaultExpiration,
    long? ReplyToSequence,
    IReadOnlyList<Guid> AttachmentIds)
{
    /// <summary>
    /// The number of the form of a request without attachments. Stored hashes depend on the form, so another one needs another number.
    /// </summary>
    private const byte TextForm = 1;

    /// <summary>The number of the form of a request with attachments: their number and their ids precede the text.</summary>
    private const byte AttachmentsForm = 2;

    /// <summary>The length of what both forms begin with: form, two ids, expiration, hours, sequence.</summary>
    private const int HeadLength = 1 + 16 + 16 + 1 + 4 + 8;

    private const int IdLength = 16;

    private int TextStart => AttachmentIds.Count == 0 ? HeadLength : HeadLength + 1 + (AttachmentIds.Count * IdLength);

    /// <summary>Returns the request as bytes. Two different requests never have the same bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[TextStart + Encoding.UTF8.GetByteCount(Content)];
        var rest = bytes.AsSpan();
        rest[0] = AttachmentIds.Count == 0 ? TextForm : AttachmentsForm;
        MessageId.Value.TryWriteBytes(rest[1..], bigEndian: true, out _);
        ConversationId.Value.TryWriteBytes(rest[17..], bigEndian: true, out _);
        rest[33] = UsesDefaultExpiration ? (byte)1 : (byte)0;

        // No message has 0 hours, and none replies to sequence 0.
        BinaryPrimitives.WriteInt32BigEndian(rest[34..], ExpirationHours ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(rest[38..], ReplyToSequence ?? 0);
        if (AttachmentIds.Count > 0)
            WriteAttachments(rest[HeadLength..]);

        Encoding.UTF8.GetBytes(Content, rest[TextStart..]);

        return bytes;
    }

    private void WriteAttachments(Span<byte> rest)
    {
        rest[0] = checked((byte)AttachmentIds.Count);
        for (var index = 0; index < AttachmentIds.Count; index++)
            AttachmentIds[index].TryWriteBytes(rest[(1 + (index * IdLength))..], bigEndian: true, out _);
    }
}
