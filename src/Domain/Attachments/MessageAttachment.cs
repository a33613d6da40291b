namespace CleanMessaging.Domain.Attachments;

/// <summary>An attachment as the message has it: everything that clients show without its bytes.</summary>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Width">The width of an image in pixels; null for other kinds.</param>
/// <param name="Height">The height of an image in pixels; null for other kinds.</param>
/// <param name="Blurhash">A few colors of an image; null for other kinds.</param>
/// <param name="DurationMs">The duration of a voice recording; null for other kinds.</param>
/// <param name="Waveform">The loudness of a voice recording over time; null for other kinds.</param>
public sealed record MessageAttachment(
    Guid Id,
    AttachmentKind Kind,
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
    /// <summary>Returns the id without the name and description, so that neither reaches a log.</summary>
    public override string ToString() => $"{nameof(MessageAttachment)} {Id}";
}
