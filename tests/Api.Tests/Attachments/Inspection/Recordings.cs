using System.Buffers.Binary;
using System.Diagnostics;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>Makes voice recordings, valid and invalid, without an encoder: their sound is not decoded.</summary>
internal static class Recordings
{
    private static readonly byte[] _unknownSize = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    public static byte[] WebMHeader { get; } = Element([0x1A, 0x45, 0xDF, 0xA3], Element([0x42, 0x82], "webm"u8));

    /// <summary>Returns a WebM file as recorders write it: the sizes of the segment and of clusters are unknown.</summary>
    public static byte[] WebM(params byte[][] tracks) =>
    [
        .. WebMHeader,
        .. (byte[])[0x18, 0x53, 0x80, 0x67], .. _unknownSize,
        .. Element([0x15, 0x49, 0xA9, 0x66], Element([0x2A, 0xD7, 0xB1], [0x0F, 0x42, 0x40])),
        .. Element([0x16, 0x54, 0xAE, 0x6B], Joined(tracks)),
        .. (byte[])[0x1F, 0x43, 0xB6, 0x75], .. _unknownSize,
        .. Element([0xE7], [0]),
        .. Element([0xA3], [0x81, 0, 0, 0x80, .. new byte[400]]),
        .. (byte[])[0x1F, 0x43, 0xB6, 0x75], .. _unknownSize,
        .. Element([0xE7], [0x40]),
        .. Element([0xA3], [0x81, 0, 0, 0x80, .. new byte[300]]),
    ];

    public static byte[] WebMTrack(byte type, string codec) => Element(
        [0xAE], [.. Element([0xD7], [1]), .. Element([0x83], [type]), .. Element([0x86], System.Text.Encoding.ASCII.GetBytes(codec))]);

    public static byte[] WebMAudio => WebMTrack(2, "A_OPUS");

    public static byte[] Element(byte[] id, ReadOnlySpan<byte> content)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, content.Length | 0x10000000);

        return [.. id, .. size, .. content];
    }

    /// <summary>Returns an MP4 file with tracks of these kinds: <c>soun</c>, <c>vide</c> or others.</summary>
    public static byte[] Mp4(params string[] tracks) =>
    [
        .. Box("ftyp", [.. "M4A "u8, 0, 0, 2, 0, .. "isomiso2"u8]),
        .. Box("free", []),
        .. Box("mdat", new byte[500]),
        .. Mp4Description(tracks),
    ];

    /// <summary>Returns an MP4 file with one sound and another box in its description.</summary>
    public static byte[] Mp4With(byte[] box)
    {
        var description = Mp4Description("soun");

        return [.. Box("ftyp", new byte[8]), .. Box("mdat", new byte[500]), .. Box("moov", [.. description[8..], .. box])];
    }

    public static byte[] Mp4Description(params string[] tracks) =>
        Box("moov", [.. Box("mvhd", new byte[100]), .. Joined([.. tracks.Select(kind => Track(kind, "mp4a"))])]);

    /// <summary>Returns an MP4 file with one sound in a format.</summary>
    public static byte[] Mp4In(string format) =>
        [.. Box("ftyp", new byte[8]), .. Box("mdat", new byte[500]), .. Box("moov", [.. Box("mvhd", new byte[100]), .. Track("soun", format)])];

    private static byte[] Track(string kind, string format) => Box(
        "trak",
        Box(
            "mdia",
            [
                .. Box("mdhd", new byte[24]), .. Handler(kind),
                .. Box("minf", Box("stbl", Box("stsd", [0, 0, 0, 0, 0, 0, 0, 1, .. Box(format, new byte[28])]))),
            ]));

    public static byte[] Box(string type, ReadOnlySpan<byte> content)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, content.Length + 8);

        return [.. size, .. System.Text.Encoding.ASCII.GetBytes(type), .. content];
    }

    /// <summary>Returns an Ogg file with an Opus stream of three pages.</summary>
    public static byte[] Ogg() =>
        [.. Page(2, 7, "OpusHead\u0001\u0001"u8), .. Page(0, 7, "OpusTags"u8), .. Page(4, 7, new byte[700])];

    /// <summary>Returns an Ogg file whose comments fill pages of 65,025 bytes and the rest of another.</summary>
    public static byte[] OggWithComments(int bytes)
    {
        const int PageBytes = 255 * 255;

        byte[] comments = [.. "OpusTags"u8, .. new byte[bytes - 8]];
        var pages = new List<byte>(Page(2, 7, "OpusHead"u8));
        for (; comments.Length >= PageBytes; comments = comments[PageBytes..])
            pages.AddRange(Page(0, 7, comments.AsSpan(0, PageBytes), isContinued: true));

        return [.. pages, .. Page(0, 7, comments), .. Page(4, 7, new byte[700])];
    }

    /// <param name="flags">2: the first page of its stream; 4: the last.</param>
    /// <param name="isContinued">Whether the packet of the page continues on the next one.</param>
    public static byte[] Page(byte flags, int stream, ReadOnlySpan<byte> content, bool isContinued = false)
    {
        var header = new byte[27];
        "OggS"u8.CopyTo(header);
        header[5] = flags;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(14), stream);
        byte[] segments = [.. Enumerable.Repeat((byte)255, content.Length / 255), .. isContinued ? [] : (byte[])[(byte)(content.Length % 255)]];
        header[26] = (byte)segments.Length;

        return [.. header, .. segments, .. content];
    }

    /// <summary>Encodes a tone with ffmpeg, and a video track with it if asked for; null without ffmpeg.</summary>
    public static async Task<byte[]?> EncodeAsync(string extension, string codec, string? videoCodec)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7()}.{extension}");
        string[] video = videoCodec is null ? [] : ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x48", "-c:v", videoCodec];
        try
        {
            using var process = Process.Start(new ProcessStartInfo(
                "ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=duration=1", .. video, "-c:a", codec, "-b:a", "32k", "-y", path])
            {
                RedirectStandardError = true,
            })!;
            var errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(0, errors);

            return await File.ReadAllBytesAsync(path);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Handler(string kind) => Box("hdlr", [.. new byte[8], .. System.Text.Encoding.ASCII.GetBytes(kind), .. new byte[13]]);

    private static byte[] Joined(byte[][] parts) => [.. parts.SelectMany(part => part)];
}
