using System.Diagnostics;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>The processes that convert images, and when they are used again.</summary>
public sealed class ImageProcessPoolTests
{
    [Fact]
    public async Task Processes_BetweenImages_AreUsedAgain()
    {
        using var images = new ImageConverterFixture();
        await images.ConvertAsync(Pictures.Gif(1));
        var first = await images.RentedIdAsync();

        (await images.ErrorOfAsync(Pictures.Gif(501))).ShouldBe("attachment.image_too_large");
        (await images.ErrorOfAsync(Pictures.Gif(1)[..20])).ShouldBe("attachment.content_mismatch");

        (await images.RentedIdAsync()).ShouldBe(first);
    }

    [Fact]
    public async Task Processes_WithoutWork_End()
    {
        using var images = new ImageConverterFixture(ImageProgram.Find() with { IdleMax = TimeSpan.FromMilliseconds(200) });
        await images.ConvertAsync(Pictures.Gif(1));

        var id = await images.RentedIdAsync();

        await ImageConverterFixture.EndsAsync(id);
    }

    [Fact]
    public async Task Processes_WithMuchMemoryAfterAnImage_End()
    {
        using var images = new ImageConverterFixture(ImageProgram.Find() with { IdleMemoryMax = 1 });

        var id = await images.RentedIdAsync();

        await ImageConverterFixture.EndsAsync(id);
    }

    [Fact]
    public async Task Processes_KilledBetweenImages_AreReplaced()
    {
        using var images = new ImageConverterFixture();
        using (var idle = Process.GetProcessById(await images.RentedIdAsync()))
        {
            idle.Kill();
            await idle.WaitForExitAsync(Cancellation);
        }

        (await images.ConvertAsync(Pictures.Gif(1))).Width.ShouldBe(1);
    }

    [Fact]
    public async Task Images_AtTheSameTime_AreConvertedEachAsItIs()
    {
        using var images = new ImageConverterFixture();
        var widths = Enumerable.Range(1, 12).ToList();

        var converted = await Task.WhenAll(widths.Select(async width =>
        {
            using var source = Pictures.Quarter(width, 2);

            return (await images.ConvertAsync(Pictures.Encode(source, Pictures.Formats[width % 4]))).Width;
        }));

        converted.ShouldBe(widths);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
