using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Wallets;

/// <summary>Adds points to a wallet, as an Admin. A repetition with the same key returns the first credit and adds nothing.</summary>
/// <param name="ActorId">The Admin.</param>
/// <param name="UserId">The owner of the wallet.</param>
/// <param name="IdempotencyKey">1 to 200 characters that the client chooses. A key stands for one credit permanently.</param>
public sealed record CreditWalletCommand(UserId ActorId, UserId UserId, long Amount, string Reason, string IdempotencyKey)
    : ICommand<CreditedWallet>
{
    public bool IsIdempotent => true;
}

/// <param name="Replayed">Whether this repeats the response to an earlier credit.</param>
public sealed record CreditedWallet(WalletTransactionResponse Transaction, bool Replayed);

internal sealed class CreditWalletValidator : AbstractValidator<CreditWalletCommand>
{
    public CreditWalletValidator()
    {
        RuleFor(command => command.Amount).InclusiveBetween(1, Wallet.CreditMax).WithError(WalletErrors.InvalidAmount);
        RuleFor(command => command.Reason).ValidReason(WalletErrors.InvalidReason);
        RuleFor(command => command.IdempotencyKey)
            .Must(WalletTransaction.IsIdempotencyKey)
            .WithError(WalletErrors.InvalidIdempotencyKey);
    }
}

internal sealed class CreditWalletHandler(IWalletRepository wallets, TimeProvider clock, IMapper mapper)
    : IRequestHandler<CreditWalletCommand, CreditedWallet>
{
    public async Task<CreditedWallet> Handle(CreditWalletCommand command, CancellationToken cancellationToken)
    {
        var wallet = await wallets.LoadAsync(command.UserId, cancellationToken);
        if (await wallets.FindByIdempotencyKeyAsync(command.IdempotencyKey, cancellationToken) is { } earlier)
        {
            var same = earlier.UserId == command.UserId && earlier.Amount == command.Amount && earlier.Reason == command.Reason;

            return same
                ? new CreditedWallet(mapper.Map<WalletTransactionResponse>(earlier), Replayed: true)
                : throw new DomainException(WalletErrors.IdempotencyKeyReused);
        }

        var credit = wallet.Credit(command.Amount, command.Reason, command.ActorId, command.IdempotencyKey, clock.GetUtcNow());

        return new CreditedWallet(mapper.Map<WalletTransactionResponse>(credit), Replayed: false);
    }
}
