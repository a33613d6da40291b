using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Application.Attachments;

/// <summary>An attachment as clients see it. It has no address of its bytes: <c>createMediaLinks</c> returns addresses that expire.</summary>
/// <param name="Kind"><c>file</c>, <c>image</c> or <c>voice</c>.</param>
/// <param name="Name">The name as the uploader's client sent it. It is text, never a path.</param>
/// <param name="Description">The alternative text; null if there is none.</param>
/// <param name="ContentType">The media type, by the bytes of the file.</param>
/// <param name="Bytes">The size of the file. An image is re-encoded, so its size differs from that of the upload.</param>
/// <param name="Width">The width of an image in pixels; null for other kinds.</param>
/// <param name="Height">The height of an image in pixels; null for other kinds.</param>
/// <param name="Blurhash">A few colors of an image, to show while it loads; null for other kinds.</param>
/// <param name="DurationMs">The duration of a voice recording; null for other kinds.</param>
/// <param name="Waveform">
/// The loudness of a voice recording over time, 1 to 100 values of 0 to 100; null for other kinds.
/// </param>
public sealed record AttachmentResponse(
    Guid Id,
    string Kind,
    string Name,
    string? Description,
    string ContentType,
    long Bytes,
    int? Width,
    int? Height,
    string? Blurhash,
    int? DurationMs,
    IReadOnlyList<short>? Waveform)
{
    public static readonly IReadOnlyList<AttachmentResponse> None = [];

    /// <summary>Returns the attachments of a message.</summary>
    public static IReadOnlyList<AttachmentResponse> Of(MessageAttachments? attachments) =>
        attachments is null ? None : [.. attachments.All.Select(Of)];

    /// <summary>Returns an attachment that is ready.</summary>
    internal static AttachmentResponse Of(Attachment attachment) => new(
        attachment.Id,
        AttachmentKindName.Of(attachment.Kind),
        attachment.Name,
        attachment.Description,
        attachment.ContentType!,
        attachment.Bytes!.Value,
        attachment.Width,
        attachment.Height,
        attachment.Blurhash,
        attachment.DurationMs,
        attachment.Waveform);

    private static AttachmentResponse Of(MessageAttachment attachment) => new(
        attachment.Id,
        AttachmentKindName.Of(attachment.Kind),
        attachment.Name,
        attachment.Description,
        attachment.ContentType,
        attachment.Bytes,
        attachment.Width,
        attachment.Height,
        attachment.Blurhash,
        attachment.DurationMs,
        attachment.Waveform);

    /// <summary>Returns the id without the name and description, so that neither reaches a log.</summary>
    public override string ToString() => $"{nameof(AttachmentResponse)} {Id}";
}
