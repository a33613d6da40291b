using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>Has images converted by an image process, and decides what a failure of the process means for the image.</summary>
internal sealed partial class ImageConverter(ImageProcessPool processes, InspectionQueue queue, ILogger<ImageConverter> logger)
{
    /// <summary>The largest file that is converted. The process has it in memory.</summary>
    public const long FileBytesMax = 64 * 1024 * 1024;

    /// <summary>A file that makes two processes crash is rejected. One crash can have another cause.</summary>
    private const int AttemptsMax = 2;

    private int _isConfinementLogged;

    /// <summary>
    /// Converts an image. Its process and its lease of the queue are free again when <see cref="ConvertedImage.Original"/> is read to the
    /// end or disposed.
    /// </summary>
    /// <param name="open">Opens the file from its start.</param>
    /// <exception cref="DomainException"><c>attachment.content_mismatch</c>, <c>attachment.image_too_large</c></exception>
    /// <exception cref="InspectionTimeoutException">The image takes too long.</exception>
    /// <exception cref="AttachmentUnavailableException">The program does not run.</exception>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public async Task<ConvertedImage> ConvertAsync(
        AttachmentId attachmentId,
        ImageFormat format,
        ImageForm form,
        Func<Stream> open,
        int length,
        CancellationToken cancellationToken)
    {
        var lease = await queue.EnterImagesAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var process = await StartAsync();
                try
                {
                    var image = await ConvertAsync(process, format, form, open, length, cancellationToken);
                    image.Original.OnEnd(isComplete =>
                    {
                        Release(process, isComplete);
                        lease.Dispose();
                    });

                    return image;
                }
                catch (ImageProcessException exception)
                {
                    Log.Failed(logger, attachmentId, length, exception.Failure, attempt);
                    if (exception.Failure != ImageFailure.Crashed || attempt == AttemptsMax)
                        throw ErrorOf(exception);
                }
            }
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private async Task<ConvertedImage> ConvertAsync(
        ImageProcess process,
        ImageFormat format,
        ImageForm form,
        Func<Stream> open,
        int length,
        CancellationToken cancellationToken)
    {
        var isUsable = false;
        try
        {
            await using var file = open();
            var (status, image) = await process.ConvertAsync(format, form, file, length, cancellationToken);
            isUsable = true;

            return image ?? throw new DomainException(
                status == ImageStatus.TooLarge ? AttachmentErrors.ImageTooLarge : AttachmentErrors.ContentMismatch);
        }
        catch (Exception exception)
        {
            Release(process, isUsable && exception is DomainException);
            throw;
        }
    }

    private async Task<ImageProcess> StartAsync()
    {
        try
        {
            var process = await processes.RentAsync();
            if (process.Confinement != ImageConfinement.Complete && Interlocked.Exchange(ref _isConfinementLogged, 1) == 0)
                Log.NotConfined(logger, process.Confinement);

            return process;
        }
        catch (ImageStartException exception)
        {
            Log.NotStarted(logger, exception);
            throw new AttachmentUnavailableException("The image program does not start.", exception);
        }
    }

    private void Release(ImageProcess process, bool isUsable)
    {
        if (isUsable)
            processes.Return(process);
        else
            process.Dispose();
    }

    /// <summary>
    /// The same file uses the same memory and crashes the same decoder again, so it is rejected for good. How long it takes depends on the
    /// other work of the machine as well, so only the upload counts it.
    /// </summary>
    private static Exception ErrorOf(ImageProcessException exception) => exception.Failure switch
    {
        ImageFailure.TooMuchMemory => new DomainException(AttachmentErrors.ImageTooLarge),
        ImageFailure.Crashed => new DomainException(AttachmentErrors.ContentMismatch),
        ImageFailure.Killed => new AttachmentUnavailableException(exception.Message, exception),
        _ => new InspectionTimeoutException("The image was not converted in time.", exception),
    };

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "Image process failed on attachment {AttachmentId} with {Bytes} bytes: {Failure}, attempt {Attempt}; the process was ended")]
        public static partial void Failed(ILogger logger, AttachmentId attachmentId, int bytes, ImageFailure failure, int attempt);

        [LoggerMessage(
            LogLevel.Warning,
            "Image processes are not confined completely: {Confinement}; images are converted, but a malicious file could do more harm")]
        public static partial void NotConfined(ILogger logger, ImageConfinement confinement);

        [LoggerMessage(LogLevel.Error, "Image program does not start; images cannot be uploaded until it does")]
        public static partial void NotStarted(ILogger logger, Exception exception);
    }
}
