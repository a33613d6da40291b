using System.Buffers.Binary;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>What an image process states about a converted image.</summary>
/// <param name="ThumbnailBytes">0 for a square, which has no thumbnail.</param>
internal sealed record ImageHeader(
    int Width, int Height, int ThumbnailBytes, int PlaceholderWidth, int PlaceholderHeight, int OriginalBytes)
{
    /// <summary>The length of the header.</summary>
    public const int Bytes = 6 * sizeof(int);

    private const int SideMax = 16_384;
    private const int PlaceholderSideMax = 32;
    private const int BytesPerPixel = 3;
    private const int ThumbnailBytesMax = 4 * 1024 * 1024;
    private const int OriginalBytesMax = 256 * 1024 * 1024;

    public int PlaceholderBytes => PlaceholderWidth * PlaceholderHeight * BytesPerPixel;

    /// <summary>Reads and checks a header. A file that has taken over the process decides what is in it.</summary>
    /// <exception cref="InvalidDataException">A value is out of range.</exception>
    public static ImageHeader Parse(ReadOnlySpan<byte> bytes, ImageForm form) => new(
        Read(bytes, 0, SideMax),
        Read(bytes, 1, SideMax),
        form == ImageForm.Square ? Read(bytes, 2, max: 0, min: 0) : Read(bytes, 2, ThumbnailBytesMax),
        Read(bytes, 3, PlaceholderSideMax),
        Read(bytes, 4, PlaceholderSideMax),
        Read(bytes, 5, OriginalBytesMax));

    private static int Read(ReadOnlySpan<byte> bytes, int index, int max, int min = 1)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(bytes[(index * sizeof(int))..]);

        return value >= min && value <= max
            ? value
            : throw new InvalidDataException("The image process sent a value that is out of range.");
    }
}
