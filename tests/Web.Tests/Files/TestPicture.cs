using System.Buffers.Binary;
using System.IO.Compression;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>Makes pictures for tests.</summary>
internal static class TestPicture
{
    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Returns a PNG file whose colors change from left to right and from top to bottom.</summary>
    public static byte[] Png(int width, int height)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        Write(file, "IHDR"u8, header);
        Write(file, "IDAT"u8, Pixels(width, height));
        Write(file, "IEND"u8, []);

        return file.ToArray();
    }

    private static byte[] Pixels(int width, int height)
    {
        using var compressed = new MemoryStream();
        using (var pixels = new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            var line = new byte[1 + (width * 3)];
            for (var row = 0; row < height; row++)
            {
                for (var column = 0; column < width; column++)
                {
                    line[1 + (column * 3)] = (byte)(40 + (200 * column / width));
                    line[2 + (column * 3)] = (byte)(90 + (120 * row / height));
                    line[3 + (column * 3)] = (byte)(220 - (160 * column / width));
                }

                pixels.Write(line);
            }
        }

        return compressed.ToArray();
    }

    private static void Write(Stream file, ReadOnlySpan<byte> type, byte[] content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Checksum(chunk.AsSpan(4, 4 + content.Length)));
        file.Write(chunk);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
        {
            checksum ^= value;
            for (var bit = 0; bit < 8; bit++)
                checksum = (checksum & 1) == 0 ? checksum >> 1 : (checksum >> 1) ^ 0xEDB88320;
        }

        return ~checksum;
    }
}
