namespace CleanMessaging.Domain.Attachments;

/// <summary>What the inspection found and stored.</summary>
/// <param name="ContentType">The media type, by the bytes of the file.</param>
/// <param name="ObjectId">The stored object of the file.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Width">The width of an image in pixels; null for other kinds.</param>
/// <param name="Height">The height of an image in pixels; null for other kinds.</param>
/// <param name="Blurhash">A few colors of an image; null for other kinds.</param>
/// <param name="ThumbnailObjectId">The stored object of the thumbnail; null if there is none.</param>
/// <param name="ThumbnailBytes">The size of the thumbnail; null if there is none.</param>
public sealed record AttachmentContent(
    string ContentType,
    Guid ObjectId,
    long Bytes,
    int? Width = null,
    int? Height = null,
    string? Blurhash = null,
    Guid? ThumbnailObjectId = null,
    long? ThumbnailBytes = null);
