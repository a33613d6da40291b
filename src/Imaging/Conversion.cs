namespace CleanMessaging.Imaging;

/// <summary>The outcome of a conversion. The values are those of the protocol.</summary>
internal enum ConversionStatus : byte
{
    Converted = 0,

    /// <summary>The decoder rejects the file, or it ends early.</summary>
    NotDecodable = 1,

    /// <summary>The image exceeds <see cref="ImageLimits"/>.</summary>
    TooLarge = 2,
}

/// <param name="Width">The width of a frame of <paramref name="Original"/>, in pixels.</param>
/// <param name="Height">The height of a frame of <paramref name="Original"/>, in pixels.</param>
/// <param name="Original">The whole image, encoded again in its format; or the square as WebP.</param>
/// <param name="Thumbnail">The first frame as WebP; empty for a square.</param>
/// <param name="Placeholder">A few pixels of the first frame, from which the server computes a blurhash.</param>
internal sealed record ConvertedImage(int Width, int Height, byte[] Original, byte[] Thumbnail, Placeholder Placeholder);

/// <param name="Pixels">Rows of pixels from the top, each with a byte for red, green and blue.</param>
internal sealed record Placeholder(int Width, int Height, byte[] Pixels);

/// <param name="Image">The image; null if the file was not converted.</param>
internal sealed record Conversion(ConversionStatus Status, ConvertedImage? Image = null);
