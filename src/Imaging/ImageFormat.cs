namespace CleanMessaging.Imaging;

/// <summary>The formats that the program decodes. The values are those of the protocol.</summary>
internal enum ImageFormat : byte
{
    Jpeg = 1,
    Png = 2,
    WebP = 3,
    Gif = 4,
}
