using NetVips;

namespace CleanMessaging.Imaging;

/// <summary>
/// Decodes an image, turns it upright, converts it to sRGB, and encodes it again without metadata. Nothing of the file remains but its
/// pixels, and the durations of its frames.
/// </summary>
internal static class ImageConverter
{
    private const int ThumbnailSide = 800;
    private const int ThumbnailQuality = 80;
    private const int PlaceholderSide = 32;
    private const int SquareSide = 320;
    private const int Quality = 90;

    /// <summary>From this size on, WebP and GIF are encoded with less effort, so that the largest image takes seconds.</summary>
    private const long LargePixels = 8_000_000;

    /// <summary>With less effort, libwebp cannot encode some images of this size.</summary>
    private const int LargeWebPEffort = 2;

    private static readonly double[] _white = [255, 255, 255];

    public static Conversion Convert(ImageFormat format, ImageForm form, byte[] file)
    {
        try
        {
            var frames = 1;
            using (var header = Open(format, file, allFrames: false))
            {
                frames = FramesOf(header);
                if (!ImageLimits.Allow(header.Width, header.Height, frames))
                    return new Conversion(ConversionStatus.TooLarge);
            }

            if (format == ImageFormat.Gif && !GifBlocks.AreComplete(file))
                return new Conversion(ConversionStatus.NotDecodable);

            if (form == ImageForm.Square)
                frames = 1;
            using var pixels = Decode(format, file, frames > 1);
            var image = form == ImageForm.Square ? EncodeSquare(pixels) : Encode(format, pixels, frames);

            return new Conversion(ConversionStatus.Converted, image);
        }
        catch (VipsException)
        {
            return new Conversion(ConversionStatus.NotDecodable);
        }
    }

    /// <summary>Reads the header. The pixels are decoded when they are used.</summary>
    private static Image Open(ImageFormat format, byte[] file, bool allFrames)
    {
        var frames = allFrames ? -1 : 1;
        const Enums.Access Access = Enums.Access.Sequential;
        const Enums.FailOn FailOn = Enums.FailOn.Error;

        return format switch
        {
            ImageFormat.Jpeg => Image.JpegloadBuffer(file, access: Access, failOn: FailOn),
            ImageFormat.Png => Image.PngloadBuffer(file, access: Access, failOn: FailOn),
            ImageFormat.WebP => Image.WebploadBuffer(file, n: frames, access: Access, failOn: FailOn),
            ImageFormat.Gif => Image.GifloadBuffer(file, n: frames, access: Access, failOn: FailOn),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    private static int FramesOf(Image header) => header.Contains("n-pages") ? (int)header.Get("n-pages") : 1;

    /// <summary>Decodes all pixels, each once, and releases the decoder.</summary>
    private static Image Decode(ImageFormat format, byte[] file, bool allFrames)
    {
        using var image = Open(format, file, allFrames);
        using var colors = ToSrgb(image);

        return colors.CopyMemory();
    }

    private static Image ToSrgb(Image image)
    {
        var isCmyk = image.Interpretation == Enums.Interpretation.Cmyk;
        if (!isCmyk && !image.Contains("icc-profile-data"))
            return image.Colourspace(Enums.Interpretation.Srgb);

        try
        {
            return image.IccTransform("srgb", embedded: true, inputProfile: isCmyk ? "cmyk" : null, depth: 8);
        }
        catch (VipsException)
        {
            // The profile is damaged, or is one for other colors than those of the image.
            return image.Colourspace(Enums.Interpretation.Srgb);
        }
    }

    private static ConvertedImage Encode(ImageFormat format, Image pixels, int frames)
    {
        using var upright = frames > 1 ? pixels.Copy() : pixels.Autorot();
        var height = frames > 1 ? upright.Height / frames : upright.Height;
        using var frame = frames > 1 ? FirstFrame(upright, height) : upright.Copy();
        using var shrunken = Shrink(frame, ThumbnailSide);
        using var thumbnail = shrunken.CopyMemory();

        return new ConvertedImage(
            upright.Width,
            height,
            EncodeAs(format, upright),
            thumbnail.WebpsaveBuffer(q: ThumbnailQuality, keep: Enums.ForeignKeep.None),
            PlaceholderOf(thumbnail));
    }

    /// <summary>Cuts the image before it is resized, so that a very long one needs no more memory than others.</summary>
    private static ConvertedImage EncodeSquare(Image pixels)
    {
        using var upright = pixels.Autorot();
        var side = Math.Min(upright.Width, upright.Height);
        using var center = upright.Crop((upright.Width - side) / 2, (upright.Height - side) / 2, side, side);
        using var resized = center.ThumbnailImage(SquareSide, height: SquareSide, size: Enums.Size.Force);
        using var square = resized.CopyMemory();

        return new ConvertedImage(
            square.Width,
            square.Height,
            square.WebpsaveBuffer(q: Quality, keep: Enums.ForeignKeep.None),
            Thumbnail: [],
            PlaceholderOf(square));
    }

    private static Image FirstFrame(Image frames, int height)
    {
        using var frame = frames.Crop(0, 0, frames.Width, height);

        return frame.Mutate(metadata =>
        {
            foreach (var name in (string[])["n-pages", "page-height", "delay", "loop"])
                metadata.Remove(name);
        });
    }

    private static Image Shrink(Image image, int side) => image.ThumbnailImage(side, height: side, size: Enums.Size.Down);

    private static Placeholder PlaceholderOf(Image thumbnail)
    {
        using var opaque = thumbnail.HasAlpha() ? thumbnail.Flatten(background: _white) : thumbnail.Copy();
        using var small = Shrink(opaque, PlaceholderSide);

        return new Placeholder(small.Width, small.Height, small.WriteToMemory<byte>());
    }

    private static byte[] EncodeAs(ImageFormat format, Image image)
    {
        const Enums.ForeignKeep Nothing = Enums.ForeignKeep.None;
        var isLarge = (long)image.Width * image.Height >= LargePixels;

        return format switch
        {
            ImageFormat.Jpeg => image.JpegsaveBuffer(q: Quality, subsampleMode: SubsamplingOf(image), keep: Nothing),
            ImageFormat.Png => image.PngsaveBuffer(keep: Nothing),
            ImageFormat.WebP => image.WebpsaveBuffer(q: Quality, effort: isLarge ? LargeWebPEffort : 4, keep: Nothing),
            ImageFormat.Gif => image.GifsaveBuffer(effort: isLarge ? 1 : 4, keep: Nothing),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    /// <summary>Keeps the resolution of the colors. To encode more than the file had only makes it larger.</summary>
    private static Enums.ForeignSubsample SubsamplingOf(Image image) =>
        image.Contains("jpeg-chroma-subsample") && image.Get("jpeg-chroma-subsample") is "4:2:0"
            ? Enums.ForeignSubsample.On
            : Enums.ForeignSubsample.Off;
}
