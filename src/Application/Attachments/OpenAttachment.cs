using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>
/// Finds the bytes of an attachment, if the viewer sees it now: the message with which it was sent, the user whose avatar it is, or the
/// viewer's own attachment that is not sent.
/// </summary>
/// <param name="ViewerId">Null for a link that is for all participants of the conversation.</param>
public sealed record OpenAttachmentQuery(UserId? ViewerId, AttachmentId AttachmentId, string Variant) : IQuery<OpenedAttachment>;

/// <param name="VisibleUntil">The instant from which the viewer no longer sees the attachment; null for never.</param>
public sealed record OpenedAttachment(
    AttachmentId Id,
    AttachmentKind Kind,
    string Name,
    string ContentType,
    byte[] EncryptedKey,
    StoredObject Stored,
    DateTimeOffset? VisibleUntil)
{
    /// <summary>Returns the id without the key and the name, so that neither reaches a log.</summary>
    public override string ToString() => $"{nameof(OpenedAttachment)} {Id}";
}

internal sealed class OpenAttachmentValidator : AbstractValidator<OpenAttachmentQuery>
{
    public OpenAttachmentValidator() => RuleFor(query => query.Variant)
        .Must(variant => AttachmentVariantName.Find(variant) is not null)
        .WithError(AttachmentRequestErrors.InvalidVariant);
}

internal sealed class OpenAttachmentHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<OpenAttachmentQuery, OpenedAttachment>
{
    private const string ThumbnailType = "image/webp";

    public async Task<OpenedAttachment> Handle(OpenAttachmentQuery query, CancellationToken cancellationToken)
    {
        var attachment = await database.AttachmentsSeenBy(query.ViewerId, clock.GetUtcNow())
            .SingleOrDefaultAsync(attachment => attachment.Id == query.AttachmentId.Value, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        var isThumbnail = AttachmentVariantName.Find(query.Variant) == AttachmentVariant.Thumbnail;
        if (isThumbnail && attachment.ThumbnailObjectId is null)
            throw new DomainException(AttachmentErrors.NotFound);

        return new OpenedAttachment(
            query.AttachmentId,
            attachment.Kind,
            attachment.Name,
            isThumbnail ? ThumbnailType : attachment.ContentType!,
            attachment.EncryptedKey!,
            isThumbnail
                ? new StoredObject(attachment.ThumbnailObjectId!.Value, attachment.ThumbnailBytes!.Value)
                : new StoredObject(attachment.ObjectId!.Value, attachment.Bytes!.Value),
            attachment.RemoveAt);
    }
}
