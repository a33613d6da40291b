using AutoMapper;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Wallets;

/// <summary>A line of a statement.</summary>
/// <param name="Type">GRANT, TOPUP, SPEND or REVERSAL.</param>
/// <param name="Amount">Points: positive for a credit, negative for a debit.</param>
/// <param name="BalanceAfter">The wallet's balance right after this line.</param>
/// <param name="ReversesId">The transaction that this one reverses; null for other types.</param>
public sealed record WalletTransactionResponse(
    Guid Id,
    string Type,
    long Amount,
    long BalanceAfter,
    Guid? MessageId,
    Guid? ConversationId,
    Guid? ReversesId,
    string? Reason,
    DateTimeOffset CreatedAt);

internal sealed class WalletTransactionProfile : Profile
{
    public WalletTransactionProfile() =>
        CreateMap<WalletTransaction, WalletTransactionResponse>()
            .ForCtorParam(
                nameof(WalletTransactionResponse.Type),
                option => option.MapFrom(line => line.Type.ToString().ToUpperInvariant()));
}
