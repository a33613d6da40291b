using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>
/// Verifies the ledger slice by slice and keeps its position. A wallet is compared in the snapshot that contains its last line: lines added
/// in the meantime are in that snapshot too, and earlier lines never change. The result for a wallet whose lines are in several slices is
/// therefore correct even while users spend points.
/// </summary>
internal sealed class LedgerWalk(LedgerPosition start)
{
    /// <summary>The maximum number of differences that a verification reports in all steps.</summary>
    public const int DifferencesMax = 100;

    private readonly List<LedgerDifference> _differences = [];
    private LedgerTotals _totals = start.Totals;
    private AccountSum _account = start.Account;

    public LedgerPhase Phase { get; private set; } = start.Phase;

    /// <summary>The user, message or reversed line that was verified last.</summary>
    public Guid At { get; private set; } = start.At;

    /// <summary>The number of the last line read of the user <see cref="At"/>. A corrupted line may have any number.</summary>
    public long AfterNumber => _account == AccountSum.None ? long.MinValue : _account.Number;

    /// <summary>The differences that this step has found, without those of earlier steps.</summary>
    public IReadOnlyList<LedgerDifference> Differences => _differences;

    public LedgerPosition Position => new(Phase, At, _account, _totals);

    public void Take(WalletSlice slice)
    {
        var (wallet, line) = (0, 0);
        while (NextUser() is { } user && !(slice.UpTo is { } last && user.CompareTo(last) > 0))
        {
            if (user != At)
                (At, _account) = (user, AccountSum.None);

            for (; line < slice.Lines.Count && slice.Lines[line].UserId == user; line++)
                Take(slice.Lines[line]);

            WalletRow? own = wallet < slice.Wallets.Count && slice.Wallets[wallet].UserId == user ? slice.Wallets[wallet++] : null;
            if (user == slice.UpTo)
                return;

            Close(user, own);
        }

        if (slice.UpTo is null)
            Enter(LedgerPhase.Messages);

        // If the last slice ended exactly with the last line of a user, that user is not compared yet.
        Guid? NextUser()
        {
            Guid? next = _account == AccountSum.None ? null : At;
            if (wallet < slice.Wallets.Count && !(next?.CompareTo(slice.Wallets[wallet].UserId) <= 0))
                next = slice.Wallets[wallet].UserId;
            if (line < slice.Lines.Count && !(next?.CompareTo(slice.Lines[line].UserId) <= 0))
                next = slice.Lines[line].UserId;

            return next;
        }
    }

    public void Take(PaymentSlice slice)
    {
        var (charged, paid) = (0, 0);
        while (NextMessage() is { } messageId && !(slice.UpTo is { } last && messageId.Value.CompareTo(last) > 0))
        {
            UserId? sender = charged < slice.Charged.Count && slice.Charged[charged].MessageId == messageId
                ? slice.Charged[charged].UserId
                : null;
            var (expected, _) = Sum(slice.Charged, messageId, sender, ref charged);
            var (actual, bySender) = Sum(slice.Paid, messageId, sender, ref paid);
            if (expected != 0)
                _totals = _totals with { Messages = _totals.Messages + 1 };
            if (expected != actual)
                Report("message", messageId, expected, actual);
            else if (expected != bySender)
                Report("message", messageId, expected, bySender);
        }

        if (slice.UpTo is { } end)
            At = end;
        else
            Enter(LedgerPhase.Reversals);

        MessageId? NextMessage()
        {
            MessageId? next = charged < slice.Charged.Count ? slice.Charged[charged].MessageId : null;

            return paid < slice.Paid.Count && !(next?.Value.CompareTo(slice.Paid[paid].MessageId) <= 0) ? slice.Paid[paid].MessageId : next;
        }
    }

    public void Take(ReversalSlice slice)
    {
        foreach (var reversal in slice.Reversals)
        {
            At = reversal.ReversesId;
            _totals = _totals with { Reversals = _totals.Reversals + 1 };
            var expected = -(Int128)(reversal.OriginalAmount ?? 0);
            if (reversal.Amount != expected || reversal.UserId != reversal.OriginalUserId)
                Report("reversal", reversal.Id, expected, reversal.Amount);
        }

        if (!slice.HasMore)
            Enter(LedgerPhase.Done);
    }

    private void Take(LineRow line)
    {
        var balance = (Int128)_account.Balance + line.Amount;
        if (line.Number != _account.Number + 1 || line.BalanceAfter != balance)
            Report("chain", line.Id, balance, line.BalanceAfter);

        _account = new AccountSum(line.Number, line.BalanceAfter, _account.Sum + line.Amount);
        _totals = _totals with { Lines = _totals.Lines + 1 };
    }

    /// <summary>Compares a wallet with the sums of its lines. Lines without a wallet are compared with an empty wallet.</summary>
    private void Close(Guid userId, WalletRow? wallet)
    {
        var (balance, lastNumber) = (wallet?.Balance ?? 0, wallet?.LastNumber ?? 0);
        if (wallet is not null)
            _totals = _totals with { Wallets = _totals.Wallets + 1, Balance = _totals.Balance + balance };
        if (balance != _account.Sum || lastNumber != _account.Number)
            Report("balance", userId, _account.Sum, balance);

        _account = AccountSum.None;
    }

    private void Enter(LedgerPhase phase) => (Phase, At, _account) = (phase, Guid.Empty, AccountSum.None);

    private void Report(string kind, Guid subjectId, Int128 expected, Int128 actual)
    {
        if (_totals.Differences >= DifferencesMax)
            return;

        _differences.Add(new LedgerDifference(kind, subjectId, Points(expected), Points(actual)));
        _totals = _totals with { Differences = _totals.Differences + 1 };
    }

    /// <summary>Returns the total points of a message, and the part of them that belongs to its sender.</summary>
    private static (Int128 All, Int128 OfSender) Sum(IReadOnlyList<MessagePoints> points, MessageId messageId, UserId? sender, ref int next)
    {
        (Int128 All, Int128 OfSender) sum = (0, 0);
        for (; next < points.Count && points[next].MessageId == messageId; next++)
            sum = (sum.All + points[next].Points, sum.OfSender + (points[next].UserId == sender ? points[next].Points : 0));

        return sum;
    }

    /// <summary>Limits a sum to 64 bits for the response, because corrupted amounts may add up to more.</summary>
    internal static long Points(Int128 sum) => (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
}
