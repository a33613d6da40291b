namespace CleanMessaging.Imaging;

/// <summary>
/// The limits of an image. They are checked with the values of its header, before a pixel is decoded: a file of 5 KB can declare an image
/// of gigabytes.
/// </summary>
internal static class ImageLimits
{
    public const int SideMax = 16_384;
    public const int FramesMax = 500;

    /// <summary>Pixels of all frames.</summary>
    public const long PixelsMax = 50_000_000;

    public static bool Allow(int width, int height, int frames) =>
        width <= SideMax && height <= SideMax && frames <= FramesMax && (long)width * height * frames <= PixelsMax;
}
