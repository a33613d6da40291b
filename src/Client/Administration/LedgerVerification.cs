namespace CleanMessaging.Client;

/// <summary>Whether every balance is the sum of its ledger lines, and every paid message has exactly one of them.</summary>
/// <param name="Consistent">
/// True when everything was looked at and nothing differs, false when something differs; null while nothing differs and more is to be looked at.
/// </param>
/// <param name="Wallets">Wallets looked at.</param>
/// <param name="Transactions">Ledger lines looked at.</param>
/// <param name="Messages">Charged messages looked at.</param>
/// <param name="Reversals">Reversals looked at.</param>
/// <param name="TotalBalance">Points in these wallets together.</param>
/// <param name="Differences">What does not add up, the first 100; empty when consistent.</param>
public sealed record LedgerVerification(
    bool? Consistent,
    long Wallets,
    long Transactions,
    long Messages,
    long Reversals,
    long TotalBalance,
    IReadOnlyList<LedgerDifference> Differences);

/// <summary>A part of a verification.</summary>
/// <param name="Verification">The totals of all steps so far, and the differences that this step found.</param>
/// <param name="NextCursor">Pass it to the next step; null after the last one.</param>
public sealed record LedgerStep(LedgerVerification Verification, string? NextCursor);

/// <summary>One thing that does not add up.</summary>
/// <param name="Kind"><c>balance</c>, <c>chain</c>, <c>message</c> or <c>reversal</c>.</param>
/// <param name="SubjectId">The user, the transaction or the message that it is about.</param>
/// <param name="Expected">What it should be, in points.</param>
/// <param name="Actual">What it is, in points.</param>
public sealed record LedgerDifference(string Kind, Guid SubjectId, long Expected, long Actual);
