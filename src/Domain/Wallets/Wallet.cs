using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Wallets;

/// <summary>
/// A user's points: a balance that is never negative, and its ledger lines. Each change of the balance adds exactly one line, and the
/// balance is always the sum of the lines.
/// </summary>
public sealed class Wallet : AggregateRoot
{
    /// <summary>The maximum amount of one credit, in points.</summary>
    public const long CreditMax = 1_000_000_000_000;

    private readonly List<WalletTransaction> _newTransactions = [];

    private Wallet()
    {
    }

    public Guid UserId { get; private init; }

    /// <summary>Points, 0 or more.</summary>
    public long Balance { get; private set; }

    /// <summary>The number of the wallet's latest ledger line; 0 when there is none.</summary>
    public long LastNumber { get; private set; }

    /// <summary>The lines added since the wallet was loaded, oldest first. Commands never load earlier lines.</summary>
    public IReadOnlyList<WalletTransaction> NewTransactions => _newTransactions;

    /// <summary>Opens a new user's wallet, with a GRANT line if the user starts with points.</summary>
    /// <exception cref="DomainException"><c>wallet.invalid_amount</c>: a negative or too large grant.</exception>
    public static Wallet Open(Guid userId, long grantedPoints, DateTimeOffset now)
    {
        var wallet = new Wallet { UserId = userId };
        if (grantedPoints == 0)
            return wallet;

        EnsureAmount(grantedPoints);
        wallet.Append(WalletTransactionType.Grant, grantedPoints, now);

        return wallet;
    }

    /// <summary>Adds points that an Admin credits (TOPUP).</summary>
    /// <exception cref="DomainException">
    /// <c>wallet.invalid_amount</c>, <c>wallet.invalid_reason</c>, <c>wallet.invalid_idempotency_key</c>, <c>wallet.balance_too_large</c>
    /// </exception>
    public WalletTransaction Credit(long points, string reason, UserId actorId, string idempotencyKey, DateTimeOffset now)
    {
        EnsureAmount(points);
        EnsureReason(reason);
        if (!WalletTransaction.IsIdempotencyKey(idempotencyKey))
            throw new DomainException(WalletErrors.InvalidIdempotencyKey);

        return Append(WalletTransactionType.TopUp, points, now, reason: reason, actorId: actorId, idempotencyKey: idempotencyKey);
    }

    /// <summary>Verifies that the balance covers a price; changes nothing.</summary>
    /// <param name="points">The price, 0 or more.</param>
    /// <param name="freeQuotaReturnsAt">When free messages are available again; part of the error that the caller gets.</param>
    /// <exception cref="DomainException"><c>wallet.insufficient_balance</c></exception>
    public void EnsureCovers(long points, DateTimeOffset? freeQuotaReturnsAt = null)
    {
        if (points > Balance)
            throw new DomainException(WalletErrors.InsufficientBalance(points, Balance, freeQuotaReturnsAt));
    }

    /// <summary>Pays for a message, or for starting a conversation (SPEND).</summary>
    /// <exception cref="DomainException"><c>wallet.invalid_amount</c>, <c>wallet.insufficient_balance</c></exception>
    public WalletTransaction Spend(long points, DateTimeOffset now, ConversationId conversationId, MessageId? messageId = null)
    {
        EnsureAmount(points);
        EnsureCovers(points);

        var line = Append(WalletTransactionType.Spend, -points, now, conversationId: conversationId, messageId: messageId);
        Raise(new WalletCharged(new UserId(UserId), new TransactionId(line.Id), points, Balance, conversationId, messageId));

        return line;
    }

    /// <summary>Reverses an earlier transaction of this wallet with a linked transaction of the opposite amount (REVERSAL).</summary>
    /// <param name="original">A line of this wallet.</param>
    /// <param name="reversedBefore">Whether the ledger already has a reversal of this line.</param>
    /// <exception cref="DomainException">
    /// <c>wallet.invalid_reason</c>, <c>wallet.not_reversible</c>, <c>wallet.already_reversed</c>,
    /// <c>wallet.reversal_exceeds_balance</c>, <c>wallet.balance_too_large</c>
    /// </exception>
    /// <exception cref="ArgumentException">The line is another wallet's.</exception>
    public WalletTransaction Reverse(WalletTransaction original, bool reversedBefore, string reason, UserId actorId, DateTimeOffset now)
    {
        if (original.UserId != UserId)
            throw new ArgumentException("The transaction belongs to another wallet.", nameof(original));

        EnsureReason(reason);
        if (original.Type == WalletTransactionType.Reversal)
            throw new DomainException(WalletErrors.NotReversible);

        if (reversedBefore)
            throw new DomainException(WalletErrors.AlreadyReversed);

        if (original.Amount > Balance)
            throw new DomainException(WalletErrors.ReversalExceedsBalance(original.Amount, Balance));

        return Append(
            WalletTransactionType.Reversal,
            -original.Amount,
            now,
            messageId: (MessageId?)original.MessageId,
            conversationId: (ConversationId?)original.ConversationId,
            reversesId: new TransactionId(original.Id),
            reason: reason,
            actorId: actorId);
    }

    private static void EnsureAmount(long points)
    {
        if (points is < 1 or > CreditMax)
            throw new DomainException(WalletErrors.InvalidAmount);
    }

    private static void EnsureReason(string reason)
    {
        if (!Reason.IsValid(reason))
            throw new DomainException(WalletErrors.InvalidReason);
    }

    private WalletTransaction Append(
        WalletTransactionType type,
        long amount,
        DateTimeOffset now,
        MessageId? messageId = null,
        ConversationId? conversationId = null,
        TransactionId? reversesId = null,
        string? reason = null,
        UserId? actorId = null,
        string? idempotencyKey = null)
    {
        if (amount > long.MaxValue - Balance)
            throw new DomainException(WalletErrors.BalanceTooLarge);

        var balanceAfter = checked(Balance + amount);
        var line = new WalletTransaction(UserId, checked(LastNumber + 1), type, amount, balanceAfter, now.ToStored())
        {
            MessageId = messageId,
            ConversationId = conversationId,
            ReversesId = reversesId,
            Reason = reason,
            ActorId = actorId,
            IdempotencyKey = idempotencyKey,
        };
        Balance = balanceAfter;
        LastNumber = line.Number;
        _newTransactions.Add(line);

        return line;
    }
}
