namespace CleanMessaging.Domain.Wallets;

/// <summary>One line of the append-only ledger. It is never changed and never deleted; the database rejects both.</summary>
public sealed class WalletTransaction
{
    public const int IdempotencyKeyMaxLength = 200;

    private WalletTransaction()
    {
    }

    internal WalletTransaction(Guid userId, long number, WalletTransactionType type, long amount, long balanceAfter, DateTimeOffset at)
    {
        Id = Guid.CreateVersion7(at);
        UserId = userId;
        Number = number;
        Type = type;
        Amount = amount;
        BalanceAfter = balanceAfter;
        CreatedAt = at;
    }

    /// <summary>Whether a text is a valid idempotency key: 1 to 200 visible ASCII characters.</summary>
    public static bool IsIdempotencyKey(string text) =>
        text.Length is > 0 and <= IdempotencyKeyMaxLength && text.All(character => character is >= '!' and <= '~');

    public Guid Id { get; private init; }

    /// <summary>The owner of the wallet.</summary>
    public Guid UserId { get; private init; }

    /// <summary>The number of the line in its wallet: 1, 2, 3 and so on, without gaps, so that a missing line is detectable.</summary>
    public long Number { get; private init; }

    public WalletTransactionType Type { get; private init; }

    /// <summary>Points: positive for a credit, negative for a debit; never 0.</summary>
    public long Amount { get; private init; }

    /// <summary>The wallet's balance right after this line.</summary>
    public long BalanceAfter { get; private init; }

    /// <summary>The message that was paid for; null if the line is not the payment of a message.</summary>
    public Guid? MessageId { get; internal init; }

    /// <summary>The conversation that the payment belongs to, if any.</summary>
    public Guid? ConversationId { get; internal init; }

    /// <summary>The transaction that this one reverses. Each transaction has at most one reversal in the ledger.</summary>
    public Guid? ReversesId { get; internal init; }

    /// <summary>The reason that the Admin entered; null for payments, which need none.</summary>
    public string? Reason { get; internal init; }

    /// <summary>The Admin who made the transaction; null for payments and grants.</summary>
    public Guid? ActorId { get; internal init; }

    /// <summary>The idempotency key of the credit; the ledger has one line per key.</summary>
    public string? IdempotencyKey { get; internal init; }

    public DateTimeOffset CreatedAt { get; private init; }
}
