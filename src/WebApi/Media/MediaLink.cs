using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// A link to the bytes of an attachment, for one viewer. It says who asks, as a token does, and not what the viewer may see: each request
/// asks the database.
/// </summary>
/// <param name="SessionId">The viewer's session; null for a user of an external issuer.</param>
/// <param name="AccessVersion">The viewer's access version when the link was created.</param>
/// <param name="End">The instant from which the link no longer works.</param>
internal sealed record MediaLink(
    AttachmentId AttachmentId,
    AttachmentVariant Variant,
    UserId ViewerId,
    SessionId? SessionId,
    int AccessVersion,
    DateTimeOffset End)
{
    /// <summary>Returns the attachment, because the text of a link is a secret.</summary>
    public override string ToString() => $"{nameof(MediaLink)} to {AttachmentId}";
}
