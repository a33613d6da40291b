using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Attachments;

internal static class AttachmentReads
{
    /// <summary>Returns the attachments that a viewer sees, or that the participants of their conversations see.</summary>
    /// <param name="viewerId">Null for the participants.</param>
    public static IQueryable<Attachment> AttachmentsSeenBy(this IReadDatabase database, UserId? viewerId, DateTimeOffset now) =>
        viewerId is { } viewer ? database.VisibleAttachments(viewer, now) : database.SentAttachments(now);
}
