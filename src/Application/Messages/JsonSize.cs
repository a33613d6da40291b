using System.Buffers;
using System.Text;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Calculates the maximum size of a value as JSON, in bytes, without serializing it. Texts count exactly, including escapes; numbers, ids
/// and times count with their maximum length.
/// </summary>
internal static class JsonSize
{
    /// <summary>
    /// The size of the largest message without attachments: the maximum text length with the longest escape for each character, six bytes,
    /// and a reaction of each participant.
    /// </summary>
    public const int LargestTextMessage = MessageWithoutText + (MessageContent.MaxLength * LongEscape) + (2 * Reaction);

    /// <summary>The size of a message without its text, its reactions and its attachments.</summary>
    public const int MessageWithoutText = 649;

    /// <summary>The size of a tombstone.</summary>
    public const int Tombstone = 256;

    /// <summary>The size of a sequence in a list.</summary>
    public const int Sequence = 20;

    /// <summary>The size of a reaction.</summary>
    private const int Reaction = 108 + Emoji.BytesMax;

    /// <summary>The size of an attachment without its texts and its waveform.</summary>
    private const int AttachmentWithoutTexts = 233;

    /// <summary>The size of a value of a waveform, 0 to 100 and a comma.</summary>
    private const int WaveformValue = 4;

    private const int LongEscape = 6;

    private static readonly SearchValues<char> _escaped = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(code => (char)code), '"', '\\']);

    public static int Of(MessageResponse message) =>
        MessageWithoutText
        + OfText(message.Content ?? "")
        + (message.Reactions.Count * Reaction)
        + (message.Attachments.Count == 0 ? 0 : message.Attachments.Sum(Of));

    private static int Of(AttachmentResponse attachment) =>
        AttachmentWithoutTexts
        + OfText(attachment.Name)
        + OfText(attachment.Description ?? "")
        + OfText(attachment.ContentType)
        + OfText(attachment.Blurhash ?? "")
        + ((attachment.Waveform?.Count ?? 0) * WaveformValue);

    /// <summary>Returns the size of a text, without its quotation marks.</summary>
    public static int OfText(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        var rest = text.AsSpan();
        while (rest.IndexOfAny(_escaped) is var place and >= 0)
        {
            bytes += rest[place] is '"' or '\\' or '\b' or '\t' or '\n' or '\f' or '\r' ? 1 : LongEscape - 1;
            rest = rest[(place + 1)..];
        }

        return bytes;
    }
}
