using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>An uploaded file of a draft.</summary>
/// <param name="BindBefore">When the server deletes it unless a message was sent with it; null if that is not known.</param>
public sealed record DraftAttachment(Guid UploadId, MessageAttachment Attachment, DateTimeOffset? BindBefore);
