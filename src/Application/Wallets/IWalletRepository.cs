using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Wallets;

/// <summary>The wallets as the commands need them.</summary>
public interface IWalletRepository
{
    /// <summary>Locks and loads a user's wallet.</summary>
    /// <exception cref="DomainException"><c>wallet.not_found</c></exception>
    Task<Wallet> LoadAsync(Guid userId, CancellationToken cancellationToken);

    /// <summary>A ledger line, or null.</summary>
    Task<WalletTransaction?> FindTransactionAsync(Guid transactionId, CancellationToken cancellationToken);

    /// <summary>The credit that was made under an idempotency key, or null.</summary>
    Task<WalletTransaction?> FindByIdempotencyKeyAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Whether the ledger has a reversal of a transaction.</summary>
    Task<bool> IsReversedAsync(Guid transactionId, CancellationToken cancellationToken);

    void Add(Wallet wallet);
}
