namespace CleanMessaging.Client;

/// <summary>
/// The result of verifying that every balance is the sum of its ledger lines, and that every paid message has exactly one of them.
/// </summary>
/// <param name="Consistent">
/// True when everything was checked and there is no difference; false when there is one; null while there is none and the check is
/// incomplete.
/// </param>
/// <param name="Wallets">Number of checked wallets.</param>
/// <param name="Transactions">Number of checked ledger lines.</param>
/// <param name="Messages">Number of checked paid messages.</param>
/// <param name="Reversals">Number of checked reversals.</param>
/// <param name="TotalBalance">Total points in the checked wallets.</param>
/// <param name="Differences">The first 100 differences; empty when consistent.</param>
public sealed record LedgerVerification(
    bool? Consistent,
    long Wallets,
    long Transactions,
    long Messages,
    long Reversals,
    long TotalBalance,
    IReadOnlyList<LedgerDifference> Differences);

/// <summary>One step of a verification.</summary>
/// <param name="Verification">The totals of all steps so far, and the differences that this step found.</param>
/// <param name="NextCursor">Pass it to the next step; null after the last one.</param>
public sealed record LedgerStep(LedgerVerification Verification, string? NextCursor);

/// <summary>A difference between an expected and an actual value in the ledger.</summary>
/// <param name="Kind"><c>balance</c>, <c>chain</c>, <c>message</c> or <c>reversal</c>.</param>
/// <param name="SubjectId">The id of the user, transaction or message concerned.</param>
/// <param name="Expected">The expected value in points.</param>
/// <param name="Actual">The stored value in points.</param>
public sealed record LedgerDifference(string Kind, Guid SubjectId, long Expected, long Actual);
