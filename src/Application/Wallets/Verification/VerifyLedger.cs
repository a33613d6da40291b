using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>
/// Verifies that every balance is the sum of its ledger lines, that every paid message has exactly one of them, and that every reversal is the
/// opposite of what it reverses. One query is one step: it works for <see cref="WorkingTime"/>, and the next one goes on where it ended.
/// </summary>
/// <param name="Cursor">Where the last step ended; null to begin.</param>
public sealed record VerifyLedgerQuery(string? Cursor) : IQuery<VerificationStep>
{
    /// <summary>After which a step begins to read nothing more.</summary>
    public static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(1.2);
}

public sealed record VerificationStep(LedgerVerification Verification, CursorPage Page);

/// <param name="Consistent">
/// True when everything was looked at and nothing differs, false when something differs; null while nothing differs and more is to be looked at.
/// </param>
/// <param name="Wallets">Wallets looked at, in all steps.</param>
/// <param name="Transactions">Ledger lines looked at, in all steps.</param>
/// <param name="Messages">Charged messages looked at, in all steps.</param>
/// <param name="Reversals">Reversals looked at, in all steps.</param>
/// <param name="TotalBalance">Points in these wallets together.</param>
/// <param name="Differences">What this step found not to add up. All steps together report 100 at most.</param>
public sealed record LedgerVerification(
    bool? Consistent,
    long Wallets,
    long Transactions,
    long Messages,
    long Reversals,
    long TotalBalance,
    IReadOnlyList<LedgerDifference> Differences);

/// <param name="Kind">
/// <c>balance</c>: a wallet's balance is not the sum of its lines, or its last number is not theirs. <c>chain</c>: a line's number or balance does
/// not follow from the one before. <c>message</c>: what a message was charged is not what the ledger says its sender paid for it.
/// <c>reversal</c>: a reversal is not the exact opposite of what it reverses.
/// </param>
/// <param name="SubjectId">The user, the transaction or the message that it is about.</param>
/// <param name="Expected">What it should be, in points.</param>
/// <param name="Actual">What it is, in points.</param>
public sealed record LedgerDifference(string Kind, Guid SubjectId, long Expected, long Actual);

internal sealed class VerifyLedgerHandler(ILedgerReader reader, DatabaseDeadline deadline, TimeProvider clock) : IRequestHandler<VerifyLedgerQuery, VerificationStep>
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
                consistent, totals.Wallets, totals.Lines, totals.Messages, totals.Reversals, LedgerWalk.Points(totals.Balance), walk.Differences),
            new CursorPage(isDone ? null : position.ToString()));
    }

    private static LedgerPosition Parse(string text) =>
        LedgerPosition.TryParse(text, out var position) && position.Phase != LedgerPhase.Done
            ? position
            : throw new DomainException(Cursor.Invalid);
}
