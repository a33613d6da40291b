using System.Buffers.Binary;
using System.Diagnostics;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>Files that are made to do harm. Each is converted or rejected for good; none makes the conversion unavailable.</summary>
public sealed class HostileImageTests(ImageConverterFixture images) : IClassFixture<ImageConverterFixture>
{
    internal static readonly TestSize Cuts = new(60, 2_000, "truncated files of each format");
    internal static readonly TestSize Damages = new(100, 3_000, "damaged files of each format");

    private const string Mismatch = "attachment.content_mismatch";
    private const string TooLarge = "attachment.image_too_large";

    public static TheoryData<string> Formats => [.. Pictures.Formats];

    [Theory]
    [InlineData(64_250, 64_250)]
    [InlineData(16_385, 1)]
    [InlineData(1, 16_385)]
    [InlineData(10_000, 5_001)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public async Task Convert_AHeaderBeyondTheLimits_IsRejectedBeforeAPixelIsDecoded(int width, int height)
    {
        var started = Stopwatch.GetTimestamp();

        var code = await images.ErrorOfAsync(Pictures.PngThatClaims(width, height, bitDepth: 16, colorType: 6));

        code.ShouldBeOneOf(width == int.MaxValue ? [TooLarge, Mismatch] : [TooLarge]);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(16_384, 1)]
    [InlineData(1, 16_384)]
    [InlineData(10_000, 5_000)]
    public async Task Convert_AtTheLimits_IsConverted(int width, int height)
    {
        var picture = await images.ConvertAsync(Pictures.BlackPng(width, height));

        (picture.Width, picture.Height).ShouldBe((width, height));
    }

    /// <summary>Valid pictures that are larger by one: by a pixel in a side, or by a pixel in all.</summary>
    [Theory]
    [InlineData(16_385, 1)]
    [InlineData(1, 16_385)]
    [InlineData(3_561, 14_041)]
    public async Task Convert_OneBeyondTheLimits_IsRejected(int width, int height) =>
        (await images.ErrorOfAsync(Pictures.BlackPng(width, height))).ShouldBe(TooLarge);

    [Theory]
    [InlineData(500, null)]
    [InlineData(501, TooLarge)]
    [InlineData(10_000, TooLarge)]
    public async Task Convert_ManyFrames_EnforcesTheLimit(int frames, string? code) =>
        (await images.ErrorOfAsync(Pictures.Gif(frames))).ShouldBe(code);

    /// <summary>Each frame is within the limit. The pixels of all frames are 50,000,000, 50,000,001, and many more.</summary>
    [Theory]
    [InlineData(50, 1_000, 1_000, null)]
    [InlineData(57, 739, 1_187, TooLarge)]
    [InlineData(400, 1_000, 1_000, TooLarge)]
    public async Task Convert_FramesOfPixels_EnforcesTheLimitInAll(short frames, short width, short height, string? code)
    {
        var gif = Pictures.Gif(frames);
        BinaryPrimitives.WriteInt16LittleEndian(gif.AsSpan(6), width);
        BinaryPrimitives.WriteInt16LittleEndian(gif.AsSpan(8), height);

        (await images.ErrorOfAsync(gif)).ShouldBe(code);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_ATruncatedFile_IsConvertedOrRejected(string format)
    {
        using var source = Pictures.Noise(24, 16);
        var file = Pictures.Encode(source, format);
        var step = Math.Max(1, file.Length / Cuts.Value);
        var rejected = 0;
        for (var length = ImageFormats.HeadBytes; length < file.Length; length += step)
        {
            var code = await images.ErrorOfAsync(file[..length]);
            code.ShouldBeOneOf(null, Mismatch, TooLarge);
            rejected += code is null ? 0 : 1;
        }

        rejected.ShouldBeGreaterThan(Math.Min(Cuts.Value, file.Length) * 3 / 4);
    }

    /// <summary>The decoder itself accepts a GIF that ends within a later frame.</summary>
    [Fact]
    public async Task Convert_AnAnimatedGifThatIsCut_IsRejectedWhereverItIsCut()
    {
        using var source = Pictures.Animation(48, 32, 100, 100, 100);
        var file = Pictures.Encode(source, "gif");
        (await images.ErrorOfAsync(file)).ShouldBeNull();
        (await images.ErrorOfAsync([.. file, 1, 2, 3])).ShouldBeNull();

        for (var length = ImageFormats.HeadBytes; length < file.Length; length += Math.Max(1, file.Length / 50))
            (await images.ErrorOfAsync(file[..length])).ShouldBe(Mismatch, $"{length} of {file.Length} bytes");
        (await images.ErrorOfAsync(file[..^1])).ShouldBe(Mismatch);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Convert_ADamagedFile_IsConvertedOrRejected(string format)
    {
        using var source = Pictures.WithExif(Pictures.Quarter(48, 32), orientation: 3);
        var file = Pictures.Encode(source, format);
        var random = new Random(20261130);
        for (var count = 0; count < Damages.Value; count++)
        {
            var damaged = file.ToArray();
            for (var change = random.Next(1, 8); change > 0; change--)
                damaged[random.Next(ImageFormats.HeadBytes, damaged.Length)] = (byte)random.Next(256);

            (await images.ErrorOfAsync(damaged)).ShouldBeOneOf(null, Mismatch, TooLarge);
        }

        using var good = Pictures.Quarter(48, 32);
        (await images.ErrorOfAsync(Pictures.Encode(good, format))).ShouldBeNull();
    }

    /// <summary>Only the loader of the format that the first bytes name may read a file.</summary>
    [Fact]
    public async Task Convert_AnotherFormatAfterTheFirstBytes_IsRejected()
    {
        const string Svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>";
        byte[][] heads = [[0xFF, 0xD8, 0xFF, 0xE0], [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'], [.. "GIF89a"u8], [.. "RIFF\0\0\0\0WEBP"u8]];
        foreach (var head in heads)
            (await images.ErrorOfAsync([.. head, .. System.Text.Encoding.UTF8.GetBytes(Svg)])).ShouldBe(Mismatch);
    }

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")]
    [InlineData("<!DOCTYPE html><script>alert(1)</script>")]
    [InlineData("%PDF-1.7")]
    [InlineData("II*\0 a TIFF")]
    [InlineData("BM a bitmap of Windows")]
    [InlineData("\0\0\0\u0018ftypheic a photo")]
    [InlineData("RIFF\0\0\0\0WAVE")]
    [InlineData("GIF8")]
    [InlineData("")]
    public void Recognize_AnotherFormat_IsNull(string head) =>
        ImageFormats.Recognize(System.Text.Encoding.Latin1.GetBytes(head)).ShouldBeNull();

    /// <summary>Images at the limit of pixels, whose files are as large as an upload can be.</summary>
    [LongTheory]
    [MemberData(nameof(Formats))]
    public async Task Convert_TheLargestImage_FitsIntoTimeAndMemory(string format)
    {
        using var noise = Pictures.Noise(250, 188);
        using var image = format == "gif"
            ? Pictures.Animation(300, 300, [.. Enumerable.Repeat(40, 500)])
            : noise.Resize(32, kernel: NetVips.Enums.Kernel.Nearest).Copy(interpretation: NetVips.Enums.Interpretation.Srgb);
        var file = format == "webp" ? image.WebpsaveBuffer(q: 90, effort: 0) : Pictures.Encode(image, format);
        file.Length.ShouldBeLessThan(64 * 1024 * 1024);
        var started = Stopwatch.GetTimestamp();

        (await images.ErrorOfAsync(file)).ShouldBeNull();

        TestContext.Current.SendDiagnosticMessage($"{format}: {file.Length} bytes in {Stopwatch.GetElapsedTime(started)}");
    }
}
