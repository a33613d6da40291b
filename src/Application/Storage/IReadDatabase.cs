using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Storage;

/// <summary>What queries read from, without change tracking. There is no way to message text but by what is visible.</summary>
public interface IReadDatabase
{
    IQueryable<User> Users { get; }

    IQueryable<Conversation> Conversations { get; }

    IQueryable<Participant> Participants { get; }

    IQueryable<ReadMark> ReadMarks { get; }

    /// <summary>Where every message stands, expired ones too: numbers alone, no text.</summary>
    IQueryable<MessageAnchor> MessageAnchors { get; }

    IQueryable<MessageQuota> Quotas { get; }

    IQueryable<Wallet> Wallets { get; }

    IQueryable<WalletTransaction> WalletTransactions { get; }

    /// <summary>Runs reads that belong together: all of them see the database as it is at one moment.</summary>
    Task<TResult> InSnapshotAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken);

    /// <summary>
    /// A conversation's messages nearest to a place that can be read at an instant, by <see cref="Message.VisibleAt"/>; found as fast however
    /// many around them have expired.
    /// </summary>
    IQueryable<Message> NearestVisible(Guid conversationId, DateTimeOffset now, PageAnchor place, int atMost);

    /// <summary>
    /// The bytes of text of all messages that changed after a revision and can be read at an instant, for each of these conversations in turn, with a
    /// number of bytes added for each message. Reads no text.
    /// </summary>
    Task<IReadOnlyList<long>> SizesOfChangesAsync(
        IReadOnlyList<Guid> conversationIds, IReadOnlyList<long> sinceRevisions, DateTimeOffset now, int bytesPerMessage, CancellationToken cancellationToken);

    /// <summary>The messages that can be read at an instant, by <see cref="Message.VisibleAt"/>.</summary>
    IQueryable<Message> VisibleMessages(DateTimeOffset now);
}
