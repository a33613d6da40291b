using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Wallets;

/// <summary>Points were paid from a wallet.</summary>
/// <param name="Points">How many were paid, positive.</param>
public sealed record WalletCharged(
    Guid UserId, Guid TransactionId, long Points, long BalanceAfter, Guid? ConversationId, Guid? MessageId) : IDomainEvent;
