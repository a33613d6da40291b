using System.ComponentModel;
using System.Diagnostics;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using NetVips;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>What becomes of valid images.</summary>
public sealed class ImageConverterTests(ImageConverterFixture images) : IClassFixture<ImageConverterFixture>
{
    private static readonly double[] _red = [220, 20, 20];
    private static readonly double[] _blue = [20, 20, 220];

    public static TheoryData<string> Formats => [.. Pictures.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_EachFormat_KeepsFormatSizeAndColors(string format)
    {
        using var source = Pictures.Quarter(120, 80);

        var picture = await images.ConvertAsync(Pictures.Encode(source, format));

        using var image = picture.Open();
        ImageFormats.MediaTypeOf(picture.Format).ShouldBe($"image/{format}");
        ImageFormats.Recognize(picture.Original).ShouldBe(picture.Format);
        (picture.Width, picture.Height, image.Width, image.Height).ShouldBe((120, 80, 120, 80));
        image.ShouldBeNear(10, 10, _red);
        image.ShouldBeNear(100, 70, _blue);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_EachFormat_MakesAThumbnailAndABlurhash(string format)
    {
        using var source = Pictures.Quarter(2000, 1000);

        var picture = await images.ConvertAsync(Pictures.Encode(source, format));

        using var thumbnail = picture.OpenThumbnail();
        ImageFormats.Recognize(picture.Thumbnail).ShouldBe(ImageFormat.WebP);
        (thumbnail.Width, thumbnail.Height).ShouldBe((800, 400));
        thumbnail.ShouldBeNear(50, 50, _red);
        picture.Blurhash.Length.ShouldBe(BlurHash.Length);
        picture.Blurhash.ShouldStartWith("L");
    }

    [Fact]
    public async Task Convert_SmallerThanAThumbnail_IsNotEnlarged()
    {
        using var source = Pictures.Quarter(799, 3);

        using var thumbnail = (await images.ConvertAsync(Pictures.Encode(source, "png"))).OpenThumbnail();

        (thumbnail.Width, thumbnail.Height).ShouldBe((799, 3));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_OnePixel_IsConverted(string format)
    {
        using var source = Pictures.FromPixels(1, 1, (_, _) => (220, 20, 20));

        var picture = await images.ConvertAsync(Pictures.Encode(source, format));

        (picture.Width, picture.Height, picture.Blurhash.Length).ShouldBe((1, 1, BlurHash.Length));
    }

    /// <summary>The corner in which the red quarter is shown, for each value of Exif.</summary>
    [Theory]
    [InlineData(1, false, false, false)]
    [InlineData(2, false, true, false)]
    [InlineData(3, false, true, true)]
    [InlineData(4, false, false, true)]
    [InlineData(5, true, false, false)]
    [InlineData(6, true, true, false)]
    [InlineData(7, true, true, true)]
    [InlineData(8, true, false, true)]
    public async Task Convert_WithAnOrientation_TurnsTheImageUpright(int orientation, bool isTurned, bool isRight, bool isBottom)
    {
        using var source = Pictures.WithExif(Pictures.Quarter(160, 80), orientation);

        var picture = await images.ConvertAsync(Pictures.Encode(source, "jpeg"));

        using var image = picture.Open();
        using var thumbnail = picture.OpenThumbnail();
        (picture.Width, picture.Height).ShouldBe(isTurned ? (80, 160) : (160, 80));
        foreach (var shown in (Image[])[image, thumbnail])
        {
            shown.Contains("exif-data").ShouldBeFalse();
            (shown.Width, shown.Height).ShouldBe((picture.Width, picture.Height));
            shown.ShouldBeNear(isRight ? shown.Width - 10 : 10, isBottom ? shown.Height - 10 : 10, _red);
            shown.ShouldBeNear(isRight ? 10 : shown.Width - 10, isBottom ? 10 : shown.Height - 10, _blue);
        }
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("png")]
    [InlineData("webp")]
    public async Task Convert_WithMetadata_RemovesAllOfIt(string format)
    {
        using var source = Pictures.WithExif(Pictures.Quarter(60, 40), orientation: 6);
        var file = Pictures.Encode(source, format);
        file = format == "png" ? Pictures.WithText(file, Pictures.Secret) : file;
        file.AsSpan().IndexOf("TAKEN-AT-HOME"u8).ShouldBePositive();

        var picture = await images.ConvertAsync(file);

        using var image = picture.Open();
        picture.Original.AsSpan().IndexOf("TAKEN-AT-HOME"u8).ShouldBe(-1);
        picture.Thumbnail.AsSpan().IndexOf("TAKEN-AT-HOME"u8).ShouldBe(-1);
        image.GetFields().ShouldNotContain(name => name.StartsWith("exif") || name.StartsWith("xmp") || name.StartsWith("icc") || name.StartsWith("png-comment"));
    }

    /// <summary>The same with an independent reader of metadata.</summary>
    [Theory]
    [InlineData("jpeg")]
    [InlineData("png")]
    [InlineData("webp")]
    public async Task Convert_WithAPosition_LeavesNothingThatExiftoolFinds(string format)
    {
        using var source = Pictures.WithExif(Pictures.Quarter(60, 40), orientation: 6);
        var file = Pictures.Encode(source, format);
        var before = await MetadataAsync(file);
        Assert.SkipWhen(before is null, "exiftool is missing (Debian package libimage-exiftool-perl).");
        before.ShouldContain("GPSLatitude");

        var picture = await images.ConvertAsync(file);

        foreach (var stored in (byte[][])[picture.Original, picture.Thumbnail])
        {
            var after = (await MetadataAsync(stored)).ShouldNotBeNull();
            after.ShouldNotContain("GPS");
            after.ShouldNotContain("EXIF:");
            after.ShouldNotContain("XMP:");
            after.ShouldNotContain(Pictures.Secret);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_WithSomethingAppended_DropsIt(string format)
    {
        using var source = Pictures.Quarter(60, 40);
        byte[] file = [.. Pictures.Encode(source, format), .. "PK\u0003\u0004<script>alert(1)</script>"u8];

        var picture = await images.ConvertAsync(file);

        picture.Original.AsSpan().IndexOf("<script>"u8).ShouldBe(-1);
    }

    [Theory]
    [InlineData("gif")]
    [InlineData("webp")]
    public async Task Convert_AnAnimation_KeepsFramesAndTimes(string format)
    {
        using var source = Pictures.Animation(64, 48, 100, 250, 500);

        var picture = await images.ConvertAsync(Pictures.Encode(source, format));

        using var image = picture.Open();
        using var thumbnail = picture.OpenThumbnail();
        (picture.Width, picture.Height, image.Width, image.Height).ShouldBe((64, 48, 64, 144));
        ((int)image.Get("n-pages"), (int)image.Get("page-height")).ShouldBe((3, 48));
        ((int[])image.Get("delay")).ShouldBe([100, 250, 500]);
        ((int)image.Get("loop")).ShouldBe(3);
        image.ShouldBeNear(10, 10 + 96, 160, 0, 95);
        (thumbnail.Width, thumbnail.Height, thumbnail.Contains("n-pages")).ShouldBe((64, 48, false));
        thumbnail.ShouldBeNear(10, 10, 0, 0, 255);
    }

    [Fact]
    public async Task Convert_Transparent_StaysTransparent()
    {
        using var alpha = Pictures.FromPixels(40, 40, (x, _) => x < 20 ? (0, 0, 0) : (255, 255, 255)).ExtractBand(0);
        using var source = Pictures.Quarter(40, 40).Bandjoin(alpha);

        foreach (var format in (string[])["png", "webp", "gif"])
        {
            var picture = await images.ConvertAsync(Pictures.Encode(source, format));

            using var image = picture.Open();
            using var thumbnail = picture.OpenThumbnail();
            image.HasAlpha().ShouldBeTrue(format);
            image.Getpoint(5, 30)[3].ShouldBe(0, format);
            image.Getpoint(35, 30)[3].ShouldBe(255, format);
            thumbnail.HasAlpha().ShouldBeTrue(format);
        }
    }

    [Theory]
    [InlineData("cmyk")]
    [InlineData("gray")]
    [InlineData("progressive")]
    [InlineData("wide colors")]
    public async Task Convert_AnUnusualJpeg_BecomesOrdinary(string what)
    {
        using var red = Pictures.FromPixels(64, 64, (_, _) => (220, 20, 20));
        var file = what switch
        {
            "cmyk" => red.IccTransform("cmyk", inputProfile: "srgb").JpegsaveBuffer(q: 95),
            "gray" => red.Colourspace(Enums.Interpretation.Bw).JpegsaveBuffer(q: 95),
            "progressive" => red.JpegsaveBuffer(q: 95, interlace: true),
            _ => red.IccTransform("p3", inputProfile: "srgb").JpegsaveBuffer(q: 95),
        };

        using var image = (await images.ConvertAsync(file)).Open();

        (image.Interpretation, image.Bands, image.Format).ShouldBe((Enums.Interpretation.Srgb, 3, Enums.BandFormat.Uchar));
        image.Contains("icc-profile-data").ShouldBeFalse();
        var point = image.Getpoint(30, 30);
        if (what == "gray")
            (point[0] - point[2]).ShouldBe(0, tolerance: 3);
        else
            point[0].ShouldBeInRange(190, 235, string.Join(", ", point));
    }

    [Theory]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(8, true)]
    [InlineData(1, false)]
    public async Task Convert_AnUnusualPng_BecomesOrdinary(int bits, bool isInterlaced)
    {
        using var source = bits == 16
            ? Pictures.Quarter(64, 64).Colourspace(Enums.Interpretation.Rgb16)
            : Pictures.Quarter(64, 64);
        var file = bits == 1 ? Pictures.BlackPng(64, 64) : source.PngsaveBuffer(bitdepth: bits, interlace: isInterlaced);

        using var image = (await images.ConvertAsync(file)).Open();

        (image.Width, image.Height, image.Bands, image.Format).ShouldBe((64, 64, 3, Enums.BandFormat.Uchar));
        image.ShouldBeNear(10, 10, bits == 1 ? [0, 0, 0] : _red);
    }

    [Fact]
    public async Task Convert_WithAProfileThatIsNone_UsesTheColorsAsTheyAre()
    {
        using var source = Pictures.Quarter(64, 64).Mutate(metadata => metadata.Set(GValue.BlobType, "icc-profile-data", new byte[500]));

        using var image = (await images.ConvertAsync(Pictures.Encode(source, "png"))).Open();

        image.ShouldBeNear(10, 10, _red);
    }

    /// <summary>Returns the metadata that exiftool finds, each with its group; null without exiftool.</summary>
    private static async Task<string?> MetadataAsync(byte[] file)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("exiftool", ["-G", "-a", "-s", "-u", "-"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync();
            await process.StandardInput.BaseStream.WriteAsync(file);
            process.StandardInput.Close();

            return await output;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
