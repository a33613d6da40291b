using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Wallets;

/// <summary>Proves that every balance is the sum of its ledger lines, and every paid message has exactly one of them.</summary>
public sealed record VerifyLedgerQuery : IQuery<LedgerVerification>;

/// <param name="Consistent">Whether nothing differs.</param>
/// <param name="Wallets">Wallets looked at.</param>
/// <param name="Transactions">Ledger lines looked at.</param>
/// <param name="TotalBalance">Points in all wallets together.</param>
/// <param name="Differences">What does not add up, the first 100; empty when consistent.</param>
public sealed record LedgerVerification(
    bool Consistent,
    long Wallets,
    long Transactions,
    long TotalBalance,
    IReadOnlyList<LedgerDifference> Differences);

/// <param name="Kind">
/// <c>balance</c>: a wallet's balance is not the sum of its lines. <c>chain</c>: a line's number or balance does not follow from
/// the one before. <c>message</c>: what a message was charged is not what the ledger says was paid for it.
/// <c>reversal</c>: a reversal is not the exact opposite of what it reverses.
/// </param>
/// <param name="SubjectId">The user, the transaction or the message that it is about.</param>
/// <param name="Expected">What it should be, in points.</param>
/// <param name="Actual">What it is, in points.</param>
public sealed record LedgerDifference(string Kind, Guid SubjectId, long Expected, long Actual);

internal sealed class VerifyLedgerHandler(IWallets wallets) : IRequestHandler<VerifyLedgerQuery, LedgerVerification>
{
    public Task<LedgerVerification> Handle(VerifyLedgerQuery query, CancellationToken cancellationToken) =>
        wallets.VerifyAsync(cancellationToken);
}
