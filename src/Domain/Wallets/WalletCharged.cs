using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Wallets;

/// <summary>Points were paid from a wallet.</summary>
/// <param name="Points">How many were paid, positive.</param>
public sealed record WalletCharged(
    UserId UserId,
    TransactionId TransactionId,
    long Points,
    long BalanceAfter,
    ConversationId? ConversationId,
    MessageId? MessageId) : IDomainEvent;
