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
    private const uint TrackNumber = 0xD7;
    private const uint TrackType = 0x83;
    private const uint Codec = 0x86;

    private const uint SeekHead = 0x114D9B74;
    private const uint Information = 0x1549A966;
    private const uint Cues = 0x1C53BB6B;
    private const uint Tags = 0x1254C367;
    private const uint Padding = 0xEC;
    private const uint Checksum = 0xBF;
    private const uint Timestamp = 0xE7;
    private const uint Position = 0xA7;
    private const uint PreviousSize = 0xAB;
    private const uint SimpleBlock = 0xA3;
    private const uint BlockGroup = 0xA0;
    private const uint Block = 0xA1;
    private const uint BlockDuration = 0x9B;
    private const uint Reference = 0xFB;
    private const uint DiscardPadding = 0x75A2;

    private const byte Audio = 2;

    /// <summary>The bit of a number with variable length that says that it has one byte.</summary>
    private const byte OneByte = 0x80;

    /// <summary>The bytes of <see cref="Header"/>.</summary>
    public static ReadOnlySpan<byte> Signature => [0x1A, 0x45, 0xDF, 0xA3];

    /// <summary>
    /// Returns whether elements fill the file, and describe one track, which is Opus. Recorders do not know the sizes of segments and
    /// clusters when they begin them, so their contents are read like elements next to them. Elements that a recording does not need are
    /// rejected, because they could contain anything: attached files and chapters, and those that the format does not know.
    /// </summary>
    /// <exception cref="InvalidDataException">The file ends within an element, or is damaged.</exception>
    public static async Task<bool> HasOneOpusTrackAsync(ContainerReader reader)
    {
        var (isFirst, segments) = (true, 0);
        byte? track = null;
        for (; reader.Left > 0; isFirst = false)
        {
            reader.CountElement();
            var (id, size) = await ReadElementAsync(reader);
            if (isFirst != (id == Header))
                return false;

            switch (id)
            {
                case Header when !IsWebM(await ReadContentAsync(reader, size)):
                case Tracks when track is not null || !IsOneOpusTrack(await ReadContentAsync(reader, size), out track):
                case SimpleBlock or Block when !await IsOfTrackAsync(reader, size, track):
                    return false;
                case Header or Tracks or SimpleBlock or Block:
                case Cluster or BlockGroup:
                    break;
                case Segment:
                    segments++;
                    break;
                case SeekHead or Information or Cues or Tags or Padding or Checksum:
                case Timestamp or Position or PreviousSize or BlockDuration or Reference or DiscardPadding:
                    await SkipOtherAsync(reader, id, size);
                    break;
                default:
                    return false;
            }
        }

        return segments == 1 && track is not null;
    }

    /// <summary>
    /// Returns whether a block has sound of the track. Its content, which is not decoded, begins with the number of its track.
    /// </summary>
    private static async Task<bool> IsOfTrackAsync(ContainerReader reader, long? size, byte? track)
    {
        if (track is null || size is null or < 1 || (await reader.PeekAsync(1))[0] != (track | OneByte))
            return false;

        await reader.SkipAsync(size.Value);

        return true;
    }

    /// <summary>Skips an element that is neither sound nor the description of a track.</summary>
    private static async Task SkipOtherAsync(ContainerReader reader, uint id, long? size)
    {
        const int NumberBytesMax = 8;

        var bytes = size ?? throw Damaged();
        if (id is Timestamp or Position or PreviousSize or BlockDuration or Reference or DiscardPadding)
        {
            // A number, which every cluster or block can have.
            if (bytes > NumberBytesMax)
                throw Damaged();
        }
        else
        {
            reader.CountMetadata(bytes);
        }

        await reader.SkipAsync(bytes);
    }

    private static bool IsWebM(byte[] header) =>
        Values(Elements(header), DocumentType) is [var type] && type.AsSpan().TrimEnd((byte)0).SequenceEqual("webm"u8);

    /// <param name="number">The number of the track, 1 to 127: recorders number from 1.</param>
    private static bool IsOneOpusTrack(byte[] tracks, out byte? number)
    {
        number = null;
        var elements = Elements(tracks);
        if (elements.Exists(element => element.Id is not (Track or Padding or Checksum)) || Values(elements, Track) is not [var track])
            return false;

        var values = Elements(track);
        if (Values(values, TrackNumber) is not [[var stated and > 0 and < OneByte]])
            return false;

        number = stated;

        return Values(values, TrackType) is [[Audio]]
            && Values(values, Codec) is [var codec]
            && codec.AsSpan().TrimEnd((byte)0).SequenceEqual("A_OPUS"u8);
    }

    private static List<byte[]> Values(List<(uint Id, byte[] Content)> elements, uint id) =>
        [.. elements.Where(element => element.Id == id).Select(element => element.Content)];

    private static async Task<byte[]> ReadContentAsync(ContainerReader reader, long? size)
    {
        reader.CountMetadata(size ?? throw Damaged());

        return await reader.ReadAsync((int)size);
    }

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
