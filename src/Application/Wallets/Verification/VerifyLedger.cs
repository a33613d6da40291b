using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>
/// Verifies that every balance is the sum of its ledger lines, that every paid message has exactly one payment, and that every reversal is
/// the opposite of the reversed transaction. One query is one step: it works for <see cref="WorkingTime"/>, and the next one continues from
/// its cursor.
/// </summary>
/// <param name="Cursor">The cursor of the previous step; null for the first step.</param>
public sealed record VerifyLedgerQuery(string? Cursor) : IQuery<VerificationStep>
{
    /// <summary>The time after which a step reads no further slice.</summary>
    public static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(1.2);
}

public sealed record VerificationStep(LedgerVerification Verification, CursorPage Page);

/// <param name="Consistent">
/// True if everything was verified without differences. False if there are differences. Null if there are none so far and the verification
/// continues.
/// </param>
/// <param name="Wallets">The number of verified wallets, in all steps.</param>
/// <param name="Transactions">The number of verified ledger lines, in all steps.</param>
/// <param name="Messages">The number of verified charged messages, in all steps.</param>
/// <param name="Reversals">The number of verified reversals, in all steps.</param>
/// <param name="TotalBalance">The total balance of these wallets, in points.</param>
/// <param name="Differences">The differences that this step found. All steps combined report at most 100.</param>
public sealed record LedgerVerification(
    bool? Consistent,
    long Wallets,
    long Transactions,
    long Messages,
    long Reversals,
    long TotalBalance,
    IReadOnlyList<LedgerDifference> Differences);

/// <param name="Kind">
/// <c>balance</c>: a wallet's balance is not the sum of its lines, or its last number is not that of its last line. <c>chain</c>: a line's
/// number or balance does not follow from the previous line. <c>message</c>: the charge of a message differs from the sender's payment in
/// the ledger. <c>reversal</c>: a reversal is not the exact opposite of the reversed transaction.
/// </param>
/// <param name="SubjectId">The affected user, transaction or message.</param>
/// <param name="Expected">The expected value, in points.</param>
/// <param name="Actual">The actual value, in points.</param>
public sealed record LedgerDifference(string Kind, Guid SubjectId, long Expected, long Actual);

internal sealed class VerifyLedgerHandler(ILedgerReader reader, DatabaseDeadline deadline, TimeProvider clock)
    : IRequestHandler<VerifyLedgerQuery, VerificationStep>
{
    public async Task<VerificationStep> Handle(VerifyLedgerQuery query, CancellationToken cancellationToken)
    {
        var walk = new LedgerWalk(query.Cursor is { } text ? Parse(text) : LedgerPosition.Start);
        deadline.Start();
        await using var session = await reader.OpenAsync(cancellationToken);
        var started = clock.GetTimestamp();
        do
        {
            await GoOnAsync(walk, session, cancellationToken);
        }
        while (walk.Phase != LedgerPhase.Done && clock.GetElapsedTime(started) < VerifyLedgerQuery.WorkingTime);

        return Describe(walk);
    }

    private static async Task GoOnAsync(LedgerWalk walk, ILedgerSession session, CancellationToken cancellationToken)
    {
        switch (walk.Phase)
        {
            case LedgerPhase.Wallets:
                walk.Take(await session.ReadWalletsAsync(walk.At, walk.AfterNumber, cancellationToken));
                break;
            case LedgerPhase.Messages:
                walk.Take(await session.ReadPaymentsAsync(walk.At, cancellationToken));
                break;
            case LedgerPhase.Reversals:
                walk.Take(await session.ReadReversalsAsync(walk.At, cancellationToken));
                break;
        }
    }

    private static VerificationStep Describe(LedgerWalk walk)
    {
        var (position, totals) = (walk.Position, walk.Position.Totals);
        var isDone = position.Phase == LedgerPhase.Done;
        var consistent = totals.Differences > 0 ? false : isDone ? true : (bool?)null;

        return new VerificationStep(
            new LedgerVerification(
                consistent,
                totals.Wallets,
                totals.Lines,
                totals.Messages,
                totals.Reversals,
                LedgerWalk.Points(totals.Balance),
                walk.Differences),
            new CursorPage(isDone ? null : position.ToString()));
    }

    private static LedgerPosition Parse(string text) =>
        LedgerPosition.TryParse(text, out var position) && position.Phase != LedgerPhase.Done
            ? position
            : throw new DomainException(PageErrors.InvalidCursor);
}
