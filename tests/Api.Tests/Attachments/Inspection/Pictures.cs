using System.Buffers.Binary;
using System.IO.Compression;
using NetVips;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>Makes image files, valid and invalid.</summary>
internal static class Pictures
{
    /// <summary>A text in the metadata of files, which may not be in what the server stores.</summary>
    public const string Secret = "TAKEN-AT-HOME-52.5163N-13.3777E";

    public static readonly string[] Formats = ["jpeg", "png", "webp", "gif"];

    private static readonly byte[] _pngSignature = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'];

    /// <summary>Returns a picture whose top left quarter is red, and the rest blue.</summary>
    public static Image Quarter(int width, int height) => FromPixels(
        width, height, (x, y) => x < width / 2 && y < height / 2 ? (220, 20, 20) : (20, 20, 220));

    /// <summary>Returns a picture that no encoder can make small.</summary>
    public static Image Noise(int width, int height, int seed = 1)
    {
        var bytes = new byte[width * height * 3];
        new Random(seed).NextBytes(bytes);

        return Image.NewFromMemoryCopy<byte>(bytes, width, height, 3, Enums.BandFormat.Uchar);
    }

    public static Image FromPixels(int width, int height, Func<int, int, (int Red, int Green, int Blue)> color)
    {
        var bytes = new byte[width * height * 3];
        for (var at = 0; at < width * height; at++)
        {
            var (red, green, blue) = color(at % width, at / width);
            (bytes[at * 3], bytes[(at * 3) + 1], bytes[(at * 3) + 2]) = ((byte)red, (byte)green, (byte)blue);
        }

        return Image.NewFromMemoryCopy<byte>(bytes, width, height, 3, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
    }

    /// <summary>Encodes an image, with its metadata.</summary>
    public static byte[] Encode(Image image, string format) => format switch
    {
        "jpeg" => image.JpegsaveBuffer(q: 95),
        "png" => image.PngsaveBuffer(),
        "webp" => image.WebpsaveBuffer(lossless: true),
        "gif" => image.GifsaveBuffer(),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>Returns frames, each of one color, below each other; libvips encodes them as an animation.</summary>
    public static Image Animation(int width, int height, params int[] delays)
    {
        using var frames = FromPixels(width, height * delays.Length, (_, y) => ((y / height * 80) % 256, 0, 255 - (y / height * 80 % 256)));

        return frames.Mutate(metadata =>
        {
            metadata.Set(GValue.GIntType, "page-height", height);
            metadata.Set(GValue.ArrayIntType, "delay", delays);
            metadata.Set(GValue.GIntType, "loop", 3);
        });
    }

    /// <summary>Returns the image with Exif data: an orientation, and a description and a position that are secret.</summary>
    public static Image WithExif(Image image, int orientation) => image.Mutate(metadata =>
    {
        metadata.Set(GValue.BlobType, "exif-data", Exif(orientation));
        metadata.Set(GValue.GIntType, "orientation", orientation);
        metadata.Set(GValue.BlobType, "xmp-data", System.Text.Encoding.UTF8.GetBytes($"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{Secret}</x:xmpmeta>"));
    });

    /// <summary>Returns a PNG with a header of this size, and hardly any pixels.</summary>
    public static byte[] PngThatClaims(int width, int height, byte bitDepth = 8, byte colorType = 2) =>
        Png(width, height, bitDepth, colorType, new byte[16]);

    /// <summary>Returns a valid black PNG, one bit per pixel, that is much smaller than its pixels.</summary>
    public static byte[] BlackPng(int width, int height) => Png(width, height, bitDepth: 1, colorType: 0, new byte[((width + 7) / 8 + 1) * height]);

    /// <summary>Returns a valid GIF of frames with one pixel each.</summary>
    public static byte[] Gif(int frames)
    {
        using var file = new MemoryStream();
        file.Write("GIF89a"u8);
        file.Write([1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
        for (var frame = 0; frame < frames; frame++)
        {
            file.Write([0x21, 0xF9, 4, 0, 10, 0, 0, 0]);
            file.Write([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
        }

        file.WriteByte(0x3B);

        return file.ToArray();
    }

    /// <summary>Inserts a chunk of text in front of the pixels of a PNG.</summary>
    public static byte[] WithText(byte[] png, string text)
    {
        const int EndOfHeader = 8 + 25;

        return [.. png[..EndOfHeader], .. Chunk("tEXt", [.. "Comment\0"u8, .. System.Text.Encoding.ASCII.GetBytes(text)]), .. png[EndOfHeader..]];
    }

    private static byte[] Png(int width, int height, byte bitDepth, byte colorType, byte[] rows)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bitDepth, colorType);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(rows);

        return [.. _pngSignature, .. Chunk("IHDR", header), .. Chunk("IDAT", compressed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] content)
    {
        var chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        System.Text.Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(content.Length + 8), Crc(chunk.AsSpan(4, content.Length + 4)));

        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var next in bytes)
        {
            crc ^= next;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    /// <summary>Returns Exif data in the form of JPEG: a directory with a description, an orientation and a directory of the position.</summary>
    private static byte[] Exif(int orientation)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(Secret + "\0");
        const int EntriesAt = 8;
        const int TextAt = EntriesAt + 2 + (3 * 12) + 4;
        var positionAt = TextAt + text.Length + (text.Length % 2);
        var numbersAt = positionAt + 2 + (4 * 12) + 4;
        var tiff = new byte[numbersAt + 48];
        "II*\0"u8.CopyTo(tiff);
        BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(4), EntriesAt);
        tiff[EntriesAt] = 3;
        Entry(EntriesAt + 2, tag: 0x010E, type: 2, text.Length, TextAt);
        Entry(EntriesAt + 14, tag: 0x0112, type: 3, 1, orientation);
        Entry(EntriesAt + 26, tag: 0x8825, type: 4, 1, positionAt);
        text.CopyTo(tiff, TextAt);
        tiff[positionAt] = 4;
        Entry(positionAt + 2, tag: 1, type: 2, 2, 'N');
        Entry(positionAt + 14, tag: 2, type: 5, 3, numbersAt);
        Entry(positionAt + 26, tag: 3, type: 2, 2, 'E');
        Entry(positionAt + 38, tag: 4, type: 5, 3, numbersAt + 24);
        foreach (var (index, number) in new[] { 52, 30, 58, 13, 22, 39 }.Index())
        {
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(numbersAt + (index * 8)), number);
            tiff[numbersAt + (index * 8) + 4] = 1;
        }

        return [.. "Exif\0\0"u8, .. tiff];

        void Entry(int at, int tag, int type, int count, int value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(at), (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(at + 2), (ushort)type);
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + 4), count);
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + 8), value);
        }
    }
}
