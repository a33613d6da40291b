using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>Finds the files of a conversation's messages.</summary>
internal static class ConversationFiles
{
    /// <summary>Whether a loaded or an unsent message has a file.</summary>
    public static bool HasFile(this ConversationTimeline timeline, Guid attachmentId)
    {
        return timeline.Messages.Any(message => IsIn(message.Attachments)) || timeline.Unsent.Any(unsent => IsIn(unsent.Attachments));

        bool IsIn(IReadOnlyList<MessageAttachment> files) => files.Count > 0 && files.Any(file => file.Id == attachmentId);
    }

    /// <summary>Returns the pictures of the loaded messages, oldest first.</summary>
    public static IReadOnlyList<ConversationAttachment> LoadedPictures(this ConversationTimeline timeline) =>
    [
        .. from message in timeline.Messages
           from file in message.Attachments
           where file.Kind == AttachmentKind.Image
           select new ConversationAttachment(
               message.Id, message.Sequence, message.SenderId, message.CreatedAt, message.ExpiresAt, file),
    ];

    /// <summary>Whether the message of a file is known to have expired, or to be deleted or hidden.</summary>
    public static bool IsRemoved(this ConversationTimeline timeline, ConversationAttachment file, DateTimeOffset now) =>
        file.HasExpired(now) || timeline.IsRemoved(file.Sequence);

    /// <summary>Returns a file with the current expiry of its message, which may be earlier than when the file was requested.</summary>
    public static ConversationAttachment Update(this ConversationTimeline timeline, ConversationAttachment file) =>
        timeline.ExpirationOf(file.Sequence) is { } end && (file.ExpiresAt is null || end < file.ExpiresAt)
            ? file with { ExpiresAt = end }
            : file;
}
