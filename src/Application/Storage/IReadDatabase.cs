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

    /// <summary>Runs several reads in one snapshot: all of them see the same state of the database.</summary>
    Task<TResult> InSnapshotAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken);

    /// <summary>Returns the messages that a viewer sees at an instant, by <see cref="MessageVisibility"/>.</summary>
    IQueryable<Message> VisibleMessages(Guid viewerId, DateTimeOffset now);
}
