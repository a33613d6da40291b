using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Tests.Attachments;

/// <summary>Creates attachments of the Investor, in every state before they are sent.</summary>
internal static class TestUpload
{
    public static readonly AttachmentContent Content = new("application/octet-stream", Guid.CreateVersion7(), Bytes: 3);

    /// <summary>Begins an upload of three bytes.</summary>
    public static Attachment Begin(
        Conversation conversation, AttachmentKind kind = AttachmentKind.File, UserId? uploaderId = null, string name = "plan.pdf")
    {
        var uploader = uploaderId ?? new UserId(Given.Investor.Id);
        var draft = new AttachmentDraft(
            uploader,
            new ConversationId(conversation.Id),
            new ClientUploadId(Guid.CreateVersion7()),
            kind,
            name,
            bytes: 3,
            voice: kind == AttachmentKind.Voice ? new VoiceNote(1_000, [0, 50, 100]) : null);

        return Attachment.Begin(
            draft,
            StorageAllowance.Open(uploader),
            new StorageUse(Bytes: 0, OpenUploads: 0),
            AttachmentPolicy.Default,
            id => id.Value.ToByteArray(),
            Given.Noon);
    }

    /// <summary>Returns an attachment that can be sent.</summary>
    public static Attachment Ready(
        Conversation conversation, AttachmentKind kind = AttachmentKind.File, UserId? uploaderId = null, string name = "plan.pdf")
    {
        var attachment = Begin(conversation, kind, uploaderId, name);
        attachment.Receive(offset: 0, length: 3, Given.Noon);
        attachment.Complete(Content, Given.Noon).ShouldBeTrue();

        return attachment;
    }
}
