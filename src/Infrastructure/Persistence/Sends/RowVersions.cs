using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>The values by which a stored quota is recognized: equal values lead to equal decisions, no matter which transaction wrote the row.</summary>
/// <remarks>
/// Versions are values of the row itself, which every change moves, and not PostgreSQL's <c>xmin</c>: after a failover the same <c>xmin</c> can stand
/// for other content (docs/decisions/0029-natural-versions.md).
/// </remarks>
internal readonly record struct QuotaVersion(int MessagesSentToday, DateOnly QuotaDate, int? DailyFreeLimit, long? PointsPerMessage)
{
    public static QuotaVersion Of(MessageQuota quota) =>
        new(quota.MessagesSentToday, quota.QuotaDate, quota.DailyFreeLimit, quota.PointsPerMessage);
}

/// <summary>The values by which a stored wallet is recognized. Every change of the balance adds a ledger line, so the line number moves with it.</summary>
internal readonly record struct WalletVersion(long LastNumber, long Balance)
{
    public static WalletVersion Of(Wallet wallet) => new(wallet.LastNumber, wallet.Balance);
}

/// <summary>The values by which a stored conversation is recognized. Every visible change moves the revision; the time distinguishes two histories.</summary>
internal readonly record struct ConversationVersion(long Revision, long LastSequence, DateTimeOffset LastActivityAt)
{
    public static ConversationVersion Of(Conversation conversation) =>
        new(conversation.Revision, conversation.LastSequence, conversation.LastActivityAt);
}
