using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Wallets;

/// <summary>Loads and stores wallets for the commands.</summary>
public interface IWalletRepository
{
    /// <summary>Locks and loads a user's wallet.</summary>
    /// <exception cref="DomainException"><c>wallet.not_found</c></exception>
    Task<Wallet> LoadAsync(Guid userId, CancellationToken cancellationToken);

    /// <summary>Finds a ledger line, or returns null.</summary>
    Task<WalletTransaction?> FindTransactionAsync(Guid transactionId, CancellationToken cancellationToken);

    /// <summary>Finds the credit with an idempotency key, or returns null.</summary>
    Task<WalletTransaction?> FindByIdempotencyKeyAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Whether the ledger has a reversal of a transaction.</summary>
    Task<bool> IsReversedAsync(Guid transactionId, CancellationToken cancellationToken);

    void Add(Wallet wallet);
}
