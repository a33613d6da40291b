using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Wallets;

/// <summary>
/// Reverses a transaction with a linked transaction of the opposite amount, as an Admin. A transaction can be reversed once.
/// </summary>
/// <param name="ActorId">The Admin.</param>
public sealed record ReverseTransactionCommand(UserId ActorId, TransactionId TransactionId, string Reason)
    : ICommand<WalletTransactionResponse>
{
    public bool IsIdempotent => false;
}

internal sealed class ReverseTransactionValidator : AbstractValidator<ReverseTransactionCommand>
{
    public ReverseTransactionValidator() => RuleFor(command => command.Reason).ValidReason(WalletErrors.InvalidReason);
}

internal sealed class ReverseTransactionHandler(IWalletRepository wallets, TimeProvider clock, IMapper mapper)
    : IRequestHandler<ReverseTransactionCommand, WalletTransactionResponse>
{
    public async Task<WalletTransactionResponse> Handle(ReverseTransactionCommand command, CancellationToken cancellationToken)
    {
        var original = await wallets.FindTransactionAsync(command.TransactionId, cancellationToken)
            ?? throw new DomainException(WalletErrors.TransactionNotFound);
        var wallet = await wallets.LoadAsync(original.UserId, cancellationToken);
        var reversedBefore = await wallets.IsReversedAsync(original.Id, cancellationToken);
        var reversal = wallet.Reverse(original, reversedBefore, command.Reason, command.ActorId, clock.GetUtcNow());

        return mapper.Map<WalletTransactionResponse>(reversal);
    }
}
