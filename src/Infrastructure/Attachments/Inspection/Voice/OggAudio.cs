using System.Buffers.Binary;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>Recognizes Ogg files with one Opus stream (RFC 3533, RFC 7845).</summary>
internal static class OggAudio
{
    private const int HeaderBytes = 27;

    /// <summary>The packets before the sound: the head and the comments.</summary>
    private const int Descriptions = 2;

    private const int FlagsAt = 5;
    private const int SerialAt = 14;
    private const int SegmentsAt = 26;
    private const byte BeginsStream = 2;

    /// <summary>The length of a segment that continues the packet in the next one.</summary>
    private const byte Continues = 255;

    public static ReadOnlySpan<byte> Signature => "OggS"u8;

    /// <summary>
    /// Returns whether all pages of the file belong to one stream, which is Opus. A video would be another stream. The first two packets
    /// describe the stream: all others are sound.
    /// </summary>
    /// <exception cref="InvalidDataException">The file ends within a page.</exception>
    public static async Task<bool> HasOneOpusStreamAsync(ContainerReader reader)
    {
        uint? serial = null;
        var (pages, packets) = (0, 0);
        for (; reader.Left > 0; pages++)
        {
            reader.CountElement();
            var header = await reader.ReadAsync(HeaderBytes);
            var segments = await reader.ReadAsync(header[SegmentsAt]);
            var body = segments.Sum(segment => segment);
            var ofPage = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(SerialAt));
            var isFirst = (header[FlagsAt] & BeginsStream) != 0;
            if (!header.AsSpan().StartsWith(Signature) || isFirst != (pages == 0) || (serial ?? ofPage) != ofPage)
                return false;

            serial = ofPage;
            if (pages > 1 && packets >= Descriptions)
            {
                await reader.SkipAsync(body);
                continue;
            }

            // A page of its own for the head; the comments end with a page as well.
            reader.CountMetadata(body);
            var content = await reader.ReadAsync(body);
            packets += segments.Count(segment => segment != Continues);
            if (packets > Math.Min(pages + 1, Descriptions)
                || (pages == 0 && !(packets == 1 && content.AsSpan().StartsWith("OpusHead"u8)))
                || (pages == 1 && !content.AsSpan().StartsWith("OpusTags"u8)))
            {
                return false;
            }
        }

        return packets >= Descriptions;
    }
}
