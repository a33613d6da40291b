using System.Buffers.Binary;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>Recognizes MP4 files with one sound track (ISO/IEC 14496-12).</summary>
internal static class Mp4Audio
{
    private const int HeaderBytes = 8;
    private const int TypeAt = 4;

    /// <summary>The description of ten minutes has about 150 KB.</summary>
    private const int DescriptionBytesMax = 1024 * 1024;

    private const int HandlerAt = 8;

    /// <summary>The type of the first box, after its size.</summary>
    public static ReadOnlySpan<byte> Signature => "ftyp"u8;

    /// <summary>Returns whether boxes fill the file, and describe one track, which is sound.</summary>
    /// <exception cref="InvalidDataException">The file ends within a box.</exception>
    public static async Task<bool> HasOneSoundTrackAsync(ContainerReader reader)
    {
        var descriptions = 0;
        while (reader.Left > 0)
        {
            var header = await reader.ReadAsync(HeaderBytes);
            var size = await ReadSizeAsync(reader, BinaryPrimitives.ReadUInt32BigEndian(header));
            if (!header.AsSpan(TypeAt).SequenceEqual("moov"u8))
            {
                await reader.SkipAsync(size);
                continue;
            }

            if (size > DescriptionBytesMax || !IsOneSoundTrack(await reader.ReadAsync((int)size)))
                return false;

            descriptions++;
        }

        return descriptions == 1;
    }

    /// <summary>Returns the size of a box after its header.</summary>
    private static async Task<long> ReadSizeAsync(ContainerReader reader, uint size)
    {
        const int ToTheEnd = 0;
        const int HasLongSize = 1;

        if (size == ToTheEnd)
            return reader.Left;

        if (size != HasLongSize)
            return size - HeaderBytes;

        var longSize = BinaryPrimitives.ReadUInt64BigEndian(await reader.ReadAsync(sizeof(ulong)));

        return longSize <= long.MaxValue ? (long)longSize - HeaderBytes - sizeof(ulong) : -1;
    }

    private static bool IsOneSoundTrack(byte[] description)
    {
        var tracks = Boxes(description, "trak"u8);

        return tracks is [var track]
            && Boxes(track, "mdia"u8) is [var media]
            && Boxes(media, "hdlr"u8) is [var handler]
            && handler.Length >= HandlerAt + sizeof(int)
            && handler.AsSpan(HandlerAt, sizeof(int)).SequenceEqual("soun"u8);
    }

    /// <summary>Returns the contents of the boxes of a type directly in a box.</summary>
    /// <exception cref="InvalidDataException">A box is larger than the one that contains it.</exception>
    private static List<byte[]> Boxes(byte[] content, ReadOnlySpan<byte> type)
    {
        var boxes = new List<byte[]>();
        for (var at = 0; at < content.Length;)
        {
            var left = content.AsSpan(at);
            var size = left.Length >= HeaderBytes ? BinaryPrimitives.ReadUInt32BigEndian(left) : 0;
            if (size < HeaderBytes || size > left.Length)
                throw new InvalidDataException("The file has a damaged box.");

            if (left[TypeAt..HeaderBytes].SequenceEqual(type))
                boxes.Add(left[HeaderBytes..(int)size].ToArray());

            at += (int)size;
        }

        return boxes;
    }
}
