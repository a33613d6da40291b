using System.Globalization;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Attachments;

/// <summary>The errors of requests about attachments that follow from no rule of an aggregate.</summary>
public static class AttachmentRequestErrors
{
    public static readonly DomainError InvalidKind = new(
        "attachment.invalid_kind",
        ErrorKind.Invalid,
        $"kind is {AttachmentKindName.File}, {AttachmentKindName.Image} or {AttachmentKindName.Voice}. For an upload it can also be {AttachmentKindName.Avatar}.");

    public static readonly DomainError InvalidVariant = new(
        "attachment.invalid_variant",
        ErrorKind.Invalid,
        $"variant is {AttachmentVariantName.Original} or {AttachmentVariantName.Thumbnail}.");

    public static readonly DomainError IdsOutOfRange = new(
        "attachment.ids_out_of_range",
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"attachmentIds has 1 to {CreateMediaLinksQuery.AttachmentsMax} ids."));

    /// <summary>The body of a part is larger than <c>chunkBytes</c>. Nothing of it is kept.</summary>
    public static readonly DomainError PartTooLarge = new(
        "request.too_large",
        ErrorKind.TooLarge,
        string.Create(CultureInfo.InvariantCulture, $"A part of an upload can have at most {AttachmentPolicy.ChunkBytes} bytes."));
}
