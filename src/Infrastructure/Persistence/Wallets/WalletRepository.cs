using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Wallets;

internal sealed class WalletRepository(MessagingDbContext context) : IWalletRepository
{
    public async Task<Wallet> LoadAsync(Guid userId, CancellationToken cancellationToken) =>
        await context.Wallets
            .FromSql($"SELECT * FROM wallets WHERE user_id = {userId} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken)
        ?? throw new DomainException(WalletErrors.NotFound);

    public Task<WalletTransaction?> FindTransactionAsync(Guid transactionId, CancellationToken cancellationToken) =>
        context.WalletTransactions.AsNoTracking().SingleOrDefaultAsync(line => line.Id == transactionId, cancellationToken);

    public Task<WalletTransaction?> FindByIdempotencyKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        context.WalletTransactions.AsNoTracking().SingleOrDefaultAsync(line => line.IdempotencyKey == idempotencyKey, cancellationToken);

    public Task<bool> IsReversedAsync(Guid transactionId, CancellationToken cancellationToken) =>
        context.WalletTransactions.AnyAsync(line => line.ReversesId == transactionId, cancellationToken);

    public void Add(Wallet wallet) => context.Wallets.Add(wallet);
}
