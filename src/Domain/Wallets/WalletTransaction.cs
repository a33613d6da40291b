using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Wallets;

/// <summary>One line of the append-only ledger. It is never changed and never deleted; the database rejects both.</summary>
public sealed class WalletTransaction
{
    public const int ReasonMaxLength = 500;
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

    /// <summary>Whether a text can stand as a reason: 1 to 500 code points, at least one of them visible, no U+0000, no half of a surrogate pair.</summary>
    public static bool IsReason(string text) =>
        !InvisibleCharacters.ShowsNothing(text)
        && UnicodeText.CodePointsOf(text) <= ReasonMaxLength
        && UnicodeText.IsWellFormed(text)
        && !text.Contains('\0');

    /// <summary>Whether a text can stand as an idempotency key: 1 to 200 visible ASCII characters.</summary>
    public static bool IsIdempotencyKey(string text) =>
        text.Length is > 0 and <= IdempotencyKeyMaxLength && text.All(character => character is >= '!' and <= '~');

    public Guid Id { get; private init; }

    /// <summary>Whose wallet.</summary>
    public Guid UserId { get; private init; }

    /// <summary>1, 2, 3 … per wallet without holes, so that a missing line shows.</summary>
    public long Number { get; private init; }

    public WalletTransactionType Type { get; private init; }

    /// <summary>Points, positive when they came in, negative when they went out; never 0.</summary>
    public long Amount { get; private init; }

    /// <summary>The wallet's balance right after this line.</summary>
    public long BalanceAfter { get; private init; }

    /// <summary>The message that was paid for, if one was.</summary>
    public Guid? MessageId { get; internal init; }

    /// <summary>The conversation that the payment belongs to, if any.</summary>
    public Guid? ConversationId { get; internal init; }

    /// <summary>The transaction that this one takes back. At most one line in the ledger names a given transaction here.</summary>
    public Guid? ReversesId { get; internal init; }

    /// <summary>Why, in the words of whoever did it; null for payments, which explain themselves.</summary>
    public string? Reason { get; internal init; }

    /// <summary>The Admin who did it; null for payments and grants.</summary>
    public Guid? ActorId { get; internal init; }

    /// <summary>The key under which the credit was asked for; one line per key.</summary>
    public string? IdempotencyKey { get; internal init; }

    public DateTimeOffset CreatedAt { get; private init; }
}
