using System.Buffers.Binary;
using System.IO.Compression;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Makes pictures to upload.</summary>
internal static class Png
{
    /// <summary>Returns a picture whose pixels differ, so that it compresses about as well as a photo.</summary>
    public static byte[] Of(int width, int height)
    {
        using var pixels = new MemoryStream();
        using (var compressed = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            var random = new Random(1);
            var row = new byte[1 + (3 * width)];
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < 3 * width; x++)
                    row[1 + x] = (byte)(((x + y) / 16) + random.Next(8));
                compressed.Write(row);
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk("IHDR"u8, header);
        WriteChunk("IDAT"u8, pixels.ToArray());
        WriteChunk("IEND"u8, []);

        return png.ToArray();

        void WriteChunk(ReadOnlySpan<byte> type, byte[] data)
        {
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            png.Write(number);
            png.Write(type);
            png.Write(data);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. type, .. data]));
            png.Write(number);
        }

        static uint Crc(byte[] data)
        {
            var crc = uint.MaxValue;
            foreach (var value in data)
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }

            return ~crc;
        }
    }
}
