using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Storage;

/// <summary>Gives queries read access without change tracking. The text of a message is accessible only while the message is visible.</summary>
public interface IReadDatabase
{
    IQueryable<User> Users { get; }

    IQueryable<Conversation> Conversations { get; }

    IQueryable<Participant> Participants { get; }

    IQueryable<ReadMark> ReadMarks { get; }

    /// <summary>The positions of all messages, including expired ones, without their text.</summary>
    IQueryable<MessageAnchor> MessageAnchors { get; }

    IQueryable<MessageQuota> Quotas { get; }

    IQueryable<Wallet> Wallets { get; }

    IQueryable<WalletTransaction> WalletTransactions { get; }

    /// <summary>Runs several reads in one snapshot: all of them see the same state of the database.</summary>
    Task<TResult> InSnapshotAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken);

    /// <summary>
    /// Returns a conversation's messages nearest to an anchor that are visible at an instant, by <see cref="Message.VisibleAt"/>. The cost does not depend
    /// on the number of expired messages near the anchor.
    /// </summary>
    IQueryable<Message> NearestVisible(Guid conversationId, DateTimeOffset now, PageAnchor place, int atMost);

    /// <summary>
    /// Returns, for each of these conversations in order, the total text size in bytes of the messages that changed after a revision and are visible at an
    /// instant. Adds a fixed number of bytes for each message. Reads no text.
    /// </summary>
    Task<IReadOnlyList<long>> SizesOfChangesAsync(
        IReadOnlyList<Guid> conversationIds, IReadOnlyList<long> sinceRevisions, DateTimeOffset now, int bytesPerMessage, CancellationToken cancellationToken);

    /// <summary>Returns the messages that are visible at an instant, by <see cref="Message.VisibleAt"/>.</summary>
    IQueryable<Message> VisibleMessages(DateTimeOffset now);
}
