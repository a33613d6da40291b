namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>What becomes of an image. The values are those of the protocol of the image process.</summary>
internal enum ImageForm : byte
{
    /// <summary>The whole image in its format, with all frames, and a thumbnail.</summary>
    Whole = 0,

    /// <summary>The largest square around the center of the first frame, as WebP of 320 x 320 pixels, without a thumbnail.</summary>
    Square = 0x80,
}
