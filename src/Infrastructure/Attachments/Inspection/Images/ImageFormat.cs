namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>The formats of images that the server accepts. The values are those of the protocol of the image process.</summary>
internal enum ImageFormat : byte
{
    Jpeg = 1,
    Png = 2,
    WebP = 3,
    Gif = 4,
}

internal static class ImageFormats
{
    /// <summary>The number of first bytes by which a format is recognized.</summary>
    public const int HeadBytes = 12;

    /// <summary>Recognizes the format of a file by its first bytes; null if it is none of the accepted ones.</summary>
    public static ImageFormat? Recognize(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n', ..] => ImageFormat.Png,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageFormat.Gif,
        _ when IsWebP(head) => ImageFormat.WebP,
        _ => null,
    };

    public static string MediaTypeOf(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Png => "image/png",
        ImageFormat.WebP => "image/webp",
        ImageFormat.Gif => "image/gif",
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    private static bool IsWebP(ReadOnlySpan<byte> head) =>
        head.Length >= HeadBytes && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8);
}
