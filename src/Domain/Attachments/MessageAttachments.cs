namespace CleanMessaging.Domain.Attachments;

/// <summary>
/// The attachments of a message, in the order of the send. Immutable. A message without attachments has none of these (null).
/// </summary>
public sealed class MessageAttachments
{
    /// <summary>The maximum number of attachments of a message.</summary>
    public const int Max = 10;

    private MessageAttachments(IReadOnlyList<MessageAttachment> all) => All = all;

    /// <summary>All attachments, in the order of the send.</summary>
    public IReadOnlyList<MessageAttachment> All { get; }

    /// <summary>The ids of all attachments, in the order of the send.</summary>
    public IEnumerable<Guid> Ids => All.Select(attachment => attachment.Id);

    /// <summary>Returns the attachments of a message; null if there are none.</summary>
    public static MessageAttachments? Of(IReadOnlyCollection<MessageAttachment> attachments) =>
        attachments.Count > 0 ? new MessageAttachments([.. attachments]) : null;
}
