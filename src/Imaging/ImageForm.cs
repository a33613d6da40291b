namespace CleanMessaging.Imaging;

/// <summary>What becomes of an image. The values are those of the protocol.</summary>
internal enum ImageForm : byte
{
    /// <summary>The whole image in its format, with all frames, and a thumbnail.</summary>
    Whole = 0,

    /// <summary>The largest square around the center of the first frame, shrunk or enlarged to one size, as WebP.</summary>
    Square = 0x80,
}
