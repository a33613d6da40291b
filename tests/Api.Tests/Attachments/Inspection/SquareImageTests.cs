using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using NetVips;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>What becomes of the images of avatars.</summary>
public sealed class SquareImageTests(ImageConverterFixture images) : IClassFixture<ImageConverterFixture>
{
    private static readonly (int Red, int Green, int Blue) _red = (220, 20, 20);
    private static readonly (int Red, int Green, int Blue) _green = (20, 220, 20);
    private static readonly (int Red, int Green, int Blue) _blue = (20, 20, 220);

    public static TheoryData<string> Formats => [.. Pictures.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_OfEachFormat_IsASquareAroundTheCenter(string format)
    {
        using var source = Pictures.FromPixels(900, 300, (x, _) => x < 300 ? _red : x < 600 ? _green : _blue);

        var picture = await ConvertAsync(Pictures.Encode(source, format));

        using var square = Open(picture);
        square.ShouldBeNear(5, 5, 20, 220, 20);
        square.ShouldBeNear(315, 315, 20, 220, 20);
    }

    [Fact]
    public async Task Convert_OfATallImage_IsItsMiddle()
    {
        using var source = Pictures.FromPixels(300, 900, (_, y) => y < 300 ? _red : y < 600 ? _green : _blue);

        using var square = Open(await ConvertAsync(Pictures.Encode(source, "png")));

        square.ShouldBeNear(5, 5, 20, 220, 20);
        square.ShouldBeNear(315, 315, 20, 220, 20);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(321, 320)]
    [InlineData(16_384, 1)]
    [InlineData(1, 16_384)]
    [InlineData(10_000, 5_000)]
    public async Task Convert_OfAnySize_HasOneSize(int width, int height) => Open(await ConvertAsync(Pictures.BlackPng(width, height))).Dispose();

    /// <summary>Orientation 6: the left side of what is stored is the top of what is shown.</summary>
    [Fact]
    public async Task Convert_OfARotatedPhoto_IsUprightAndHasNoMetadata()
    {
        using var source = Pictures.WithExif(Pictures.FromPixels(400, 400, (x, _) => x < 200 ? _red : _blue), orientation: 6);
        var file = Pictures.Encode(source, "jpeg");
        file.AsSpan().IndexOf("TAKEN-AT-HOME"u8).ShouldBePositive();

        var picture = await ConvertAsync(file);

        using var square = Open(picture);
        square.ShouldBeNear(160, 20, 220, 20, 20);
        square.ShouldBeNear(160, 300, 20, 20, 220);
        picture.Original.AsSpan().IndexOf("TAKEN-AT-HOME"u8).ShouldBe(-1);
        square.GetFields().ShouldNotContain(name => name.StartsWith("exif") || name.StartsWith("xmp") || name.StartsWith("icc"));
    }

    [Theory]
    [InlineData("gif")]
    [InlineData("webp")]
    public async Task Convert_OfAnAnimation_IsItsFirstFrame(string format)
    {
        using var source = Pictures.Animation(64, 48, 100, 250, 500);
        using var first = (await images.ConvertAsync(Pictures.Encode(source, format))).OpenThumbnail();
        var center = first.Getpoint(32, 24);

        using var square = Open(await ConvertAsync(Pictures.Encode(source, format)));

        square.ShouldBeNear(160, 160, center[0], center[1], center[2]);
    }

    [Fact]
    public async Task Convert_BeforeAndAfterWholeImages_IsDoneByTheSameProcess()
    {
        (await images.ConvertAsync(Pictures.Gif(3))).Width.ShouldBe(1);
        Open(await ConvertAsync(Pictures.Gif(3))).Dispose();
        (await images.ConvertAsync(Pictures.Gif(3))).Thumbnail.ShouldNotBeEmpty();
    }

    private static Image Open(Picture picture)
    {
        ImageFormats.Recognize(picture.Original).ShouldBe(ImageFormat.WebP);
        picture.Thumbnail.ShouldBeEmpty();
        (picture.Width, picture.Height).ShouldBe((320, 320));
        var square = Image.NewFromBuffer(picture.Original, "[n=-1]");
        (square.Width, square.Height).ShouldBe((320, 320));

        return square;
    }

    private Task<Picture> ConvertAsync(byte[] file) => images.ConvertAsync(file, ImageForm.Square);
}
