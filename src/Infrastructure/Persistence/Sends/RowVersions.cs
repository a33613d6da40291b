using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>The values that identify a version of a stored quota. Equal values lead to equal decisions, no matter which transaction wrote the row.</summary>
/// <remarks>
/// The values are columns of the row that every change modifies. PostgreSQL's <c>xmin</c> is not used: after a failover the same <c>xmin</c> can belong to other
/// content (docs/decisions/0029-natural-versions.md).
/// </remarks>
internal readonly record struct QuotaVersion(int MessagesSentToday, DateOnly QuotaDate, int? DailyFreeLimit, long? PointsPerMessage)
{
    public static QuotaVersion Of(MessageQuota quota) =>
        new(quota.MessagesSentToday, quota.QuotaDate, quota.DailyFreeLimit, quota.PointsPerMessage);
}

/// <summary>The values that identify a version of a stored wallet. Every change of the balance adds a ledger line, so the line number changes as well.</summary>
internal readonly record struct WalletVersion(long LastNumber, long Balance)
{
    public static WalletVersion Of(Wallet wallet) => new(wallet.LastNumber, wallet.Balance);
}

/// <summary>The values that identify a version of a stored conversation. Every visible change increases the revision; the time distinguishes two histories.</summary>
internal readonly record struct ConversationVersion(long Revision, long LastSequence, DateTimeOffset LastActivityAt)
{
    public static ConversationVersion Of(Conversation conversation) =>
        new(conversation.Revision, conversation.LastSequence, conversation.LastActivityAt);
}
