using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Wallets;

/// <summary>Gets the user's balance.</summary>
public sealed record GetWalletQuery(Guid UserId) : IQuery<WalletResponse>;

/// <param name="Balance">Points, 0 or more.</param>
public sealed record WalletResponse(long Balance);

internal sealed class GetWalletHandler(IReadDatabase database) : IRequestHandler<GetWalletQuery, WalletResponse>
{
    public async Task<WalletResponse> Handle(GetWalletQuery query, CancellationToken cancellationToken) =>
        await database.Wallets
            .Where(wallet => wallet.UserId == query.UserId)
            .Select(wallet => new WalletResponse(wallet.Balance))
            .SingleOrDefaultAsync(cancellationToken)
        ?? throw new DomainException(WalletErrors.NotFound);
}
