using System.Buffers.Binary;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>Recognizes Ogg files with one Opus stream (RFC 3533, RFC 7845).</summary>
internal static class OggAudio
{
    private const int HeaderBytes = 27;
    private const int FlagsAt = 5;
    private const int SerialAt = 14;
    private const int SegmentsAt = 26;
    private const byte BeginsStream = 2;

    public static ReadOnlySpan<byte> Signature => "OggS"u8;

    /// <summary>Returns whether all pages of the file belong to one stream, which is Opus. A video would be another stream.</summary>
    /// <exception cref="InvalidDataException">The file ends within a page.</exception>
    public static async Task<bool> HasOneOpusStreamAsync(ContainerReader reader)
    {
        uint? serial = null;
        var pages = 0;
        for (; reader.Left > 0; pages++)
        {
            var header = await reader.ReadAsync(HeaderBytes);
            var body = (await reader.ReadAsync(header[SegmentsAt])).Sum(segment => segment);
            var ofPage = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(SerialAt));
            var isFirst = (header[FlagsAt] & BeginsStream) != 0;
            if (!header.AsSpan().StartsWith(Signature) || isFirst != (pages == 0) || (serial ?? ofPage) != ofPage)
                return false;

            serial = ofPage;
            if (!isFirst)
                await reader.SkipAsync(body);
            else if (!(await reader.ReadAsync(body)).AsSpan().StartsWith("OpusHead"u8))
                return false;
        }

        return pages > 1;
    }
}
