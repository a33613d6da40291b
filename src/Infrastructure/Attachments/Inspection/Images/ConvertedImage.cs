namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>The outcome of a conversion. The values are those of the protocol of the image process.</summary>
internal enum ImageStatus : byte
{
    Converted = 0,

    /// <summary>The decoder rejects the file, or it ends early.</summary>
    NotDecodable = 1,

    /// <summary>The image has too many pixels or frames.</summary>
    TooLarge = 2,
}

/// <summary>An image without metadata, as a process returns it.</summary>
/// <param name="Thumbnail">The first frame as WebP; empty for a square.</param>
/// <param name="Placeholder">A few pixels of the first frame: rows from the top, a byte for red, green and blue each.</param>
/// <param name="Original">The whole image in its format, or the square as WebP, which is read from the process.</param>
internal sealed record ConvertedImage(ImageHeader Header, byte[] Thumbnail, byte[] Placeholder, OriginalImageStream Original);
