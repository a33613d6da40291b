using System.Numerics;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>Recognizes WebM files with one Opus track (RFC 8794, RFC 9559).</summary>
internal static class WebMAudio
{
    private const uint Header = 0x1A45DFA3;
    private const uint DocumentType = 0x4282;
    private const uint Segment = 0x18538067;
    private const uint Cluster = 0x1F43B675;
    private const uint Tracks = 0x1654AE6B;
    private const uint Track = 0xAE;
    private const uint TrackType = 0x83;
    private const uint Codec = 0x86;

    private const byte Audio = 2;
    private const int DescriptionBytesMax = 64 * 1024;

    /// <summary>The bytes of <see cref="Header"/>.</summary>
    public static ReadOnlySpan<byte> Signature => [0x1A, 0x45, 0xDF, 0xA3];

    /// <summary>
    /// Returns whether elements fill the file, and describe one track, which is Opus. Recorders do not know the sizes of segments and
    /// clusters when they begin them, so their contents are read like elements next to them.
    /// </summary>
    /// <exception cref="InvalidDataException">The file ends within an element, or is damaged.</exception>
    public static async Task<bool> HasOneOpusTrackAsync(ContainerReader reader)
    {
        var (isFirst, segments, descriptions) = (true, 0, 0);
        for (; reader.Left > 0; isFirst = false)
        {
            var (id, size) = await ReadElementAsync(reader);
            if (isFirst != (id == Header))
                return false;

            if (id == Segment)
            {
                segments++;
            }
            else if (id is Header or Tracks)
            {
                var content = await ReadContentAsync(reader, size);
                if (id == Header ? !IsWebM(content) : !IsOneOpusTrack(content))
                    return false;

                descriptions += id == Tracks ? 1 : 0;
            }
            else if (id != Cluster)
            {
                await reader.SkipAsync(size ?? throw Damaged());
            }
        }

        return segments == 1 && descriptions == 1;
    }

    private static bool IsWebM(byte[] header) =>
        Values(Elements(header), DocumentType) is [var type] && type.AsSpan().TrimEnd((byte)0).SequenceEqual("webm"u8);

    private static bool IsOneOpusTrack(byte[] tracks)
    {
        if (Values(Elements(tracks), Track) is not [var track])
            return false;

        var values = Elements(track);

        return Values(values, TrackType) is [[Audio]]
            && Values(values, Codec) is [var codec]
            && codec.AsSpan().TrimEnd((byte)0).SequenceEqual("A_OPUS"u8);
    }

    private static List<byte[]> Values(List<(uint Id, byte[] Content)> elements, uint id) =>
        [.. elements.Where(element => element.Id == id).Select(element => element.Content)];

    private static async Task<byte[]> ReadContentAsync(ContainerReader reader, long? size) =>
        size is <= DescriptionBytesMax ? await reader.ReadAsync((int)size) : throw Damaged();

    /// <summary>Reads the id and the size of an element; the size is null if it is unknown.</summary>
    private static async Task<(uint Id, long? Size)> ReadElementAsync(ContainerReader reader)
    {
        var idBytes = await reader.ReadAsync(LengthOf((await reader.PeekAsync(1))[0], max: sizeof(uint)));
        var sizeBytes = await reader.ReadAsync(LengthOf((await reader.PeekAsync(1))[0], max: sizeof(ulong)));

        return ((uint)NumberOf(idBytes), SizeOf(sizeBytes));
    }

    /// <summary>Returns the elements directly in an element that is in memory.</summary>
    private static List<(uint Id, byte[] Content)> Elements(byte[] content)
    {
        var elements = new List<(uint, byte[])>();
        for (var at = 0; at < content.Length;)
        {
            var id = Slice(content, at, max: sizeof(uint));
            var size = Slice(content, at + id.Length, max: sizeof(ulong));
            var start = at + id.Length + size.Length;
            if (SizeOf(size) is not { } length || length > content.Length - start)
                throw Damaged();

            at = start + (int)length;
            elements.Add(((uint)NumberOf(id), content[start..at]));
        }

        return elements;
    }

    private static byte[] Slice(byte[] content, int at, int max)
    {
        var length = at < content.Length ? LengthOf(content[at], max) : int.MaxValue;
        if (length > content.Length - at)
            throw Damaged();

        return content[at..(at + length)];
    }

    /// <summary>Returns the length of a number with variable length: one more than the leading zeros of its first byte.</summary>
    private static int LengthOf(byte first, int max)
    {
        var length = BitOperations.LeadingZeroCount((uint)first) - 24 + 1;

        return length <= max ? length : throw Damaged();
    }

    private static ulong NumberOf(byte[] bytes) => bytes.Aggregate(0UL, (number, next) => (number << 8) | next);

    /// <summary>Returns a size without the bit that marks its length; null if all other bits are 1, which means unknown.</summary>
    private static long? SizeOf(byte[] bytes)
    {
        var mask = (1UL << (7 * bytes.Length)) - 1;
        var size = NumberOf(bytes) & mask;

        return size == mask ? null : (long)size;
    }

    private static InvalidDataException Damaged() => new("The file has a damaged element.");
}
