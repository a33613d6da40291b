using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Storage;

/// <summary>
/// Gives queries read access without change tracking. The text of a message is accessible only while the message is visible.
/// </summary>
public interface IReadDatabase
{
    IQueryable<User> Users { get; }

    IQueryable<Conversation> Conversations { get; }

    IQueryable<Participant> Participants { get; }

    IQueryable<MessageQuota> Quotas { get; }

    IQueryable<Wallet> Wallets { get; }

    IQueryable<WalletTransaction> WalletTransactions { get; }

    IQueryable<StorageAllowance> StorageAllowances { get; }

    IQueryable<AdminAction> AdminActions { get; }

    IQueryable<AttachmentObject> AttachmentObjects { get; }

    /// <summary>Runs several reads in one snapshot: all of them see the same state of the database.</summary>
    Task<TResult> InSnapshotAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken);

    /// <summary>Returns the messages that a viewer sees at an instant, by <see cref="MessageVisibility"/>.</summary>
    IQueryable<Message> VisibleMessages(Guid viewerId, DateTimeOffset now);

    /// <summary>
    /// Returns the sequences of all messages of a conversation that were sent with attachments, visible or not. A list of attachments
    /// bounds the messages that it reads by them.
    /// </summary>
    IQueryable<long> SequencesWithAttachments(Guid conversationId);

    /// <summary>
    /// Returns the attachments whose bytes a viewer can read at an instant: those of the messages that the viewer sees, by
    /// <see cref="MessageVisibility"/>, the avatars of the users that the viewer sees, by <see cref="UserVisibility"/>, and the viewer's
    /// own ones that are ready and not sent.
    /// </summary>
    IQueryable<Attachment> VisibleAttachments(Guid viewerId, DateTimeOffset now);

    /// <summary>
    /// Returns the attachments of the messages that are neither deleted nor expired at an instant, regardless of what a participant has
    /// hidden or cleared.
    /// </summary>
    IQueryable<Attachment> SentAttachments(DateTimeOffset now);

    /// <summary>Returns the uploads of a user that are not removed at an instant, the sent ones included.</summary>
    IQueryable<Attachment> UploadsOf(Guid uploaderId, DateTimeOffset now);

    /// <summary>Returns the attachments of a user whose bytes count against the user's storage at an instant.</summary>
    IQueryable<Attachment> StoredAttachmentsOf(Guid uploaderId, DateTimeOffset now);
}
