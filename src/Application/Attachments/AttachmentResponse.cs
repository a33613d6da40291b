using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Application.Attachments;

/// <summary>
/// An attachment as clients see it, in messages and wherever else it is returned. It has no address of the bytes: addresses are short-lived
/// and differ for each viewer.
/// </summary>
/// <param name="Kind"><c>file</c>, <c>image</c> or <c>voice</c>; <c>avatar</c> for an avatar, which no message has.</param>
/// <param name="Name">The file name that the sender gave.</param>
/// <param name="Description">A text for users who cannot see or hear the attachment; null if there is none.</param>
/// <param name="ContentType">The media type that the server recognized in the bytes.</param>
/// <param name="Bytes">The size of the original.</param>
/// <param name="Width">The width of an image in pixels; null otherwise.</param>
/// <param name="Height">The height of an image in pixels; null otherwise.</param>
/// <param name="Blurhash">A blurred form of an image as a short text, to be shown while it loads; null otherwise.</param>
/// <param name="DurationMs">The length of a voice message in milliseconds; null otherwise.</param>
/// <param name="Waveform">The loudness over the length of a voice message, 1 to 100 values of 0 to 100; null otherwise.</param>
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

    public static AttachmentResponse Of(MessageAttachment attachment) => new(
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

    /// <summary>Returns an attachment that is ready.</summary>
    public static AttachmentResponse Of(Attachment attachment) => Of(attachment.Describe());

    /// <param name="attachments">The attachments of a message; null for none.</param>
    public static IReadOnlyList<AttachmentResponse> Of(IReadOnlyList<MessageAttachment>? attachments) =>
        attachments is null ? None : [.. attachments.Select(Of)];
}
