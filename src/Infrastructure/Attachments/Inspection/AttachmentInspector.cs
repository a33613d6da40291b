using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

/// <summary>
/// Inspects uploads by their bytes: neither the name nor what the client stated decides how a file is served. Each step reads the parts
/// again, so the server has no file in its memory, and none on its disk in plain text.
/// </summary>
internal sealed class AttachmentInspector(
    IAttachmentStore store, IVirusScanner scanner, ImageConverter images, InspectionQueue queue, AttachmentPolicy policy)
    : IAttachmentInspector
{
    /// <summary>How much larger than its upload an image may become. More is only possible for images made to become so.</summary>
    private const int GrowthMax = 4;

    /// <summary>The media type of every file that is neither an image nor a recording. Browsers never show it.</summary>
    private const string FileMediaType = "application/octet-stream";

    public async Task<AttachmentContent> InspectAsync(
        AttachmentToInspect attachment,
        Func<AttachmentObjectRole, CancellationToken, Task<Guid>> reserveObject,
        CancellationToken cancellationToken)
    {
        using var lease = await queue.EnterAsync(cancellationToken);
        var reserved = new ReservedObjects(store, attachment, reserveObject);

        return attachment.Kind switch
        {
            AttachmentKind.Image => await InspectImageAsync(attachment, ImageForm.Whole, reserved, cancellationToken),
            AttachmentKind.Avatar => await InspectImageAsync(attachment, ImageForm.Square, reserved, cancellationToken),
            AttachmentKind.Voice => await InspectVoiceAsync(attachment, reserved, cancellationToken),
            _ => await InspectFileAsync(attachment, FileMediaType, reserved, cancellationToken),
        };
    }

    private async Task<AttachmentContent> InspectImageAsync(
        AttachmentToInspect attachment, ImageForm form, ReservedObjects reserved, CancellationToken cancellationToken)
    {
        var format = await RecognizeImageAsync(attachment, cancellationToken);
        if (attachment.Bytes > ImageConverter.FileBytesMax)
            throw new DomainException(AttachmentErrors.ImageTooLarge);

        await EnsureNotInfectedAsync(attachment, cancellationToken);
        var image = await images.ConvertAsync(
            attachment.Id, format, form, () => Open(attachment), (int)attachment.Bytes, cancellationToken);
        await using var original = image.Original;
        if (form == ImageForm.Whole && original.Length > Math.Max(policy.MaxBytes, GrowthMax * attachment.Bytes))
            throw new DomainException(AttachmentErrors.ImageTooLarge);

        var header = image.Header;
        var blurhash = BlurHash.Compute(header.PlaceholderWidth, header.PlaceholderHeight, image.Placeholder);
        var originalId = await reserved.StoreAsync(AttachmentObjectRole.Original, original, original.Length, cancellationToken);
        var content = new AttachmentContent(
            ImageFormats.MediaTypeOf(form == ImageForm.Square ? ImageFormat.WebP : format),
            originalId,
            original.Length,
            header.Width,
            header.Height,
            blurhash);
        if (form == ImageForm.Square)
            return content;

        using var thumbnail = new MemoryStream(image.Thumbnail);
        var thumbnailId = await reserved.StoreAsync(AttachmentObjectRole.Thumbnail, thumbnail, thumbnail.Length, cancellationToken);

        return content with { ThumbnailObjectId = thumbnailId, ThumbnailBytes = thumbnail.Length };
    }

    private async Task<AttachmentContent> InspectVoiceAsync(
        AttachmentToInspect attachment, ReservedObjects reserved, CancellationToken cancellationToken)
    {
        if (!VoiceRecording.HasBitRateOfSpeech(attachment.Bytes, attachment.DurationMs!.Value))
            throw new DomainException(AttachmentErrors.ContentMismatch);

        var mediaType = await RecognizeVoiceAsync(attachment, cancellationToken);

        return await InspectFileAsync(attachment, mediaType, reserved, cancellationToken);
    }

    /// <summary>Scans a file, and stores it byte for byte.</summary>
    private async Task<AttachmentContent> InspectFileAsync(
        AttachmentToInspect attachment, string mediaType, ReservedObjects reserved, CancellationToken cancellationToken)
    {
        await EnsureNotInfectedAsync(attachment, cancellationToken);
        await using var content = Open(attachment);
        var objectId = await reserved.StoreAsync(AttachmentObjectRole.Original, content, attachment.Bytes, cancellationToken);

        return new AttachmentContent(
            mediaType,
            objectId,
            attachment.Bytes,
            Width: null,
            Height: null,
            Blurhash: null,
            ThumbnailObjectId: null,
            ThumbnailBytes: null);
    }

    private async Task<ImageFormat> RecognizeImageAsync(AttachmentToInspect attachment, CancellationToken cancellationToken)
    {
        var head = new byte[ImageFormats.HeadBytes];
        await using var content = Open(attachment);
        var length = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);

        return ImageFormats.Recognize(head.AsSpan(0, length)) ?? throw new DomainException(AttachmentErrors.ContentMismatch);
    }

    private async Task<string> RecognizeVoiceAsync(AttachmentToInspect attachment, CancellationToken cancellationToken)
    {
        await using var content = Open(attachment);

        return await VoiceRecording.RecognizeAsync(content, attachment.Bytes, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.ContentMismatch);
    }

    private async Task EnsureNotInfectedAsync(AttachmentToInspect attachment, CancellationToken cancellationToken)
    {
        await using var content = Open(attachment);
        if (await scanner.IsInfectedAsync(attachment.Id, content, cancellationToken))
            throw new DomainException(AttachmentErrors.Infected);
    }

    private UploadedPartsStream Open(AttachmentToInspect attachment) => new(store, attachment);
}
