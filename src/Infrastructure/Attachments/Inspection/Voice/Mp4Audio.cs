using System.Buffers.Binary;
using System.Text;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>Recognizes MP4 files with one sound track (ISO/IEC 14496-12).</summary>
internal static class Mp4Audio
{
    private const int HeaderBytes = 8;
    private const int TypeAt = 4;

    /// <summary>The description of ten minutes has about 150 KB.</summary>
    private const int DescriptionBytesMax = 1024 * 1024;

    private const int HandlerAt = 8;

    /// <summary>How deep the boxes of a description can be nested: trak, mdia, minf, stbl.</summary>
    private const int LevelsMax = 4;

    /// <summary>The boxes of a recording that contain boxes.</summary>
    private static readonly string[] _containers = ["moov", "trak", "edts", "mdia", "minf", "dinf", "stbl", "mvex", "moof", "traf"];

    /// <summary>The boxes that describe the sound: its headers, and where each part of it is.</summary>
    private static readonly string[] _descriptions =
    [
        "mvhd", "iods", "tkhd", "elst", "mdhd", "hdlr", "smhd", "dref", "stsd", "stts", "ctts", "cslg", "stsc", "stsz", "stz2", "stco",
        "co64", "stss", "sgpd", "sbgp", "sdtp", "mehd", "trex", "mfhd", "tfhd", "tfdt", "trun",
    ];

    /// <summary>The boxes next to the sound that recorders write, such as comments and padding.</summary>
    private static readonly string[] _others = ["ftyp", "styp", "sidx", "mfra", "free", "skip", "wide", "udta", "meta"];

    /// <summary>Where the formats of the samples begin, after the version, the flags and their number.</summary>
    private const int FormatsAt = 8;

    /// <summary>The type of the first box, after its size.</summary>
    public static ReadOnlySpan<byte> Signature => "ftyp"u8;

    /// <summary>
    /// Returns whether boxes fill the file, and describe one track, which is sound in AAC or Opus. Boxes that a recording does not need are
    /// rejected, because they could contain anything.
    /// </summary>
    /// <exception cref="InvalidDataException">The file ends within a box, or has too much metadata.</exception>
    public static async Task<bool> HasOneSoundTrackAsync(ContainerReader reader)
    {
        var descriptions = 0;
        while (reader.Left > 0)
        {
            reader.CountElement();
            var header = await reader.ReadAsync(HeaderBytes);
            var size = await ReadSizeAsync(reader, BinaryPrimitives.ReadUInt32BigEndian(header));
            switch (TypeOf(header))
            {
                case "mdat":
                    await reader.SkipAsync(size);
                    break;
                case "moov" or "moof" when size > DescriptionBytesMax:
                    return false;
                case "moov" when !IsOneSoundTrack(await ReadDescriptionAsync(reader, size)):
                    return false;
                case "moov":
                    descriptions++;
                    break;
                case "moof":
                    await ReadDescriptionAsync(reader, size);
                    break;
                case var type when _others.Contains(type):
                    reader.CountMetadata(size);
                    await reader.SkipAsync(size);
                    break;
                default:
                    return false;
            }
        }

        return descriptions == 1;
    }

    private static string TypeOf(ReadOnlySpan<byte> header) => Encoding.Latin1.GetString(header[TypeAt..HeaderBytes]);

    /// <summary>Reads a box that describes sound, and verifies that it contains nothing else.</summary>
    /// <exception cref="InvalidDataException">It has other boxes, or is damaged.</exception>
    private static async Task<byte[]> ReadDescriptionAsync(ContainerReader reader, long size)
    {
        var description = await reader.ReadAsync((int)size);
        EnsureDescribesSound(description, reader, LevelsMax);

        return description;
    }

    private static void EnsureDescribesSound(ReadOnlySpan<byte> boxes, ContainerReader reader, int levelsLeft)
    {
        foreach (var (type, start, end) in Split(boxes))
        {
            if (levelsLeft > 0 && _containers.Contains(type))
                EnsureDescribesSound(boxes[start..end], reader, levelsLeft - 1);
            else if (_others.Contains(type))
                reader.CountMetadata(end - start);
            else if (!_descriptions.Contains(type))
                throw new InvalidDataException("The file has a box that a recording does not need.");
        }
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
        var tracks = Boxes(description, "trak");

        return tracks is [var track]
            && Boxes(track, "mdia") is [var media]
            && Boxes(media, "hdlr") is [var handler]
            && handler.Length >= HandlerAt + sizeof(int)
            && handler.AsSpan(HandlerAt, sizeof(int)).SequenceEqual("soun"u8)
            && Boxes(media, "minf") is [var information]
            && Boxes(information, "stbl") is [var table]
            && Boxes(table, "stsd") is [var formats]
            && formats.Length > FormatsAt
            && Split(formats.AsSpan(FormatsAt)) is [{ Type: "mp4a" or "Opus" }];
    }

    /// <summary>Returns the contents of the boxes of a type directly in a box.</summary>
    private static List<byte[]> Boxes(byte[] content, string type) =>
        [.. from box in Split(content) where box.Type == type select content[box.Start..box.End]];

    /// <summary>Returns the boxes directly in a box: their types, and where their contents begin and end.</summary>
    /// <exception cref="InvalidDataException">A box is larger than the one that contains it.</exception>
    private static List<(string Type, int Start, int End)> Split(ReadOnlySpan<byte> content)
    {
        var boxes = new List<(string, int, int)>();
        for (var at = 0; at < content.Length;)
        {
            var left = content[at..];
            var size = left.Length >= HeaderBytes ? BinaryPrimitives.ReadUInt32BigEndian(left) : 0;
            if (size < HeaderBytes || size > left.Length)
                throw new InvalidDataException("The file has a damaged box.");

            boxes.Add((TypeOf(left), at + HeaderBytes, at + (int)size));
            at += (int)size;
        }

        return boxes;
    }
}
