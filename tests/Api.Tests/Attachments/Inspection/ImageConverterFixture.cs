using System.Diagnostics;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Attachments.Inspection;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NetVips;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>Converts images with the real program, without a server.</summary>
public sealed class ImageConverterFixture : IDisposable
{
    private readonly ILoggerFactory _loggers;

    public ImageConverterFixture()
        : this(ImageProgram.Find())
    {
    }

    internal ImageConverterFixture(ImageProgram program)
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Logs));
        Processes = new ImageProcessPool(program);
        Queue = new InspectionQueue(
            new LimitLog(NullLogger<LimitLog>.Instance, TimeProvider.System), imagesAtOnce: 2, wait: TimeSpan.FromMinutes(1));
        Converter = new ImageConverter(Processes, Queue, _loggers.CreateLogger<ImageConverter>());
    }

    internal CapturedLogs Logs { get; } = new();

    internal ImageProcessPool Processes { get; }

    internal InspectionQueue Queue { get; }

    internal ImageConverter Converter { get; }

    /// <summary>Converts a file, whose format is recognized as for an upload.</summary>
    internal async Task<Picture> ConvertAsync(byte[] file, ImageForm form = ImageForm.Whole)
    {
        var format = ImageFormats.Recognize(file).ShouldNotBeNull();
        var image = await Converter.ConvertAsync(
            new AttachmentId(Guid.CreateVersion7()), format, form, () => new MemoryStream(file), file.Length, TestContext.Current.CancellationToken);
        await using var body = image.Original;
        using var original = new MemoryStream();
        await body.CopyToAsync(original, TestContext.Current.CancellationToken);
        var header = image.Header;
        var blurhash = BlurHash.Compute(header.PlaceholderWidth, header.PlaceholderHeight, image.Placeholder);

        return new Picture(format, header.Width, header.Height, original.ToArray(), image.Thumbnail, blurhash);
    }

    /// <summary>Returns the error code of a file that is not converted; null if it is.</summary>
    internal async Task<string?> ErrorOfAsync(byte[] file)
    {
        try
        {
            await ConvertAsync(file);

            return null;
        }
        catch (DomainException exception)
        {
            return exception.Error.Code;
        }
    }

    /// <summary>Returns the id of the process that converts the next image.</summary>
    internal async Task<int> RentedIdAsync()
    {
        var process = await Processes.RentAsync();
        var id = process.Id;
        Processes.Return(process);

        return id;
    }

    /// <summary>Waits until a process has ended.</summary>
    internal static Task EndsAsync(int processId) => Eventually.TrueAsync(
        () =>
        {
            try
            {
                using var process = Process.GetProcessById(processId);

                return process.HasExited;
            }
            catch (ArgumentException)
            {
                return true;
            }
        },
        "the process ends");

    public void Dispose()
    {
        Processes.Dispose();
        Queue.Dispose();
        _loggers.Dispose();
    }
}

/// <summary>A converted image.</summary>
internal sealed record Picture(ImageFormat Format, int Width, int Height, byte[] Original, byte[] Thumbnail, string Blurhash)
{
    /// <summary>Decodes the original, with all its frames.</summary>
    public Image Open() => Format is ImageFormat.Gif or ImageFormat.WebP
        ? Image.NewFromBuffer(Original, "[n=-1]")
        : Image.NewFromBuffer(Original);

    public Image OpenThumbnail() => Image.NewFromBuffer(Thumbnail);
}

internal static class ImageAssertions
{
    /// <summary>Verifies a color, which JPEG and palettes change a little.</summary>
    public static void ShouldBeNear(this Image image, int x, int y, params double[] color)
    {
        var found = image.Getpoint(x, y);

        for (var band = 0; band < color.Length; band++)
            found[band].ShouldBe(color[band], tolerance: 12, $"({x}, {y}) is {string.Join(", ", found)}");
    }
}
