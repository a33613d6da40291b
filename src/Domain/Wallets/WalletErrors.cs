using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Wallets;

public static class WalletErrors
{
    public static readonly DomainError NotFound = new("wallet.not_found", ErrorKind.NotFound, "There is no such wallet.");

    public static readonly DomainError TransactionNotFound =
        new("wallet.transaction_not_found", ErrorKind.NotFound, "There is no such wallet transaction.");

    public static readonly DomainError InvalidAmount =
        new("wallet.invalid_amount", ErrorKind.Invalid, "An amount is a whole number of points from 1 to 1,000,000,000,000.");

    public static readonly DomainError InvalidReason = new("wallet.invalid_reason", ErrorKind.Invalid, "A reason has 1 to 500 characters.");

    public static readonly DomainError InvalidIdempotencyKey = new(
        "wallet.invalid_idempotency_key", ErrorKind.Invalid, "The Idempotency-Key header has 1 to 200 visible ASCII characters.");

    public static readonly DomainError BalanceTooLarge =
        new("wallet.balance_too_large", ErrorKind.Conflict, "The wallet cannot hold that many points.");

    public static readonly DomainError NotReversible =
        new("wallet.not_reversible", ErrorKind.Conflict, "A reversal cannot itself be reversed; make a new transaction.");

    public static readonly DomainError AlreadyReversed =
        new("wallet.already_reversed", ErrorKind.Conflict, "The transaction is already reversed.");

    public static readonly DomainError IdempotencyKeyReused =
        new("wallet.idempotency_key_reused", ErrorKind.Mismatch, "The idempotency key was used for a different credit.");

    /// <param name="price">The price, in points.</param>
    /// <param name="balance">The balance of the wallet, in points.</param>
    /// <param name="freeQuotaReturnsAt">When free messages are available again; null if waiting does not help.</param>
    public static DomainError InsufficientBalance(long price, long balance, DateTimeOffset? freeQuotaReturnsAt = null)
    {
        var details = new Dictionary<string, object?> { ["price"] = price, ["balance"] = balance };
        if (freeQuotaReturnsAt is { } resetsAt)
            details["resetsAt"] = resetsAt;

        return new DomainError(
            "wallet.insufficient_balance",
            ErrorKind.PaymentRequired,
            string.Create(CultureInfo.InvariantCulture, $"This costs {price} points, but the wallet has only {balance}."))
        {
            Details = details,
        };
    }

    /// <summary>The reversal of a credit would make the balance negative, because the user has already spent the points.</summary>
    public static DomainError ReversalExceedsBalance(long amount, long balance) => new(
        "wallet.reversal_exceeds_balance",
        ErrorKind.Conflict,
        string.Create(CultureInfo.InvariantCulture, $"The reversal takes {amount} points, but the wallet has only {balance}."))
    {
        Details = new Dictionary<string, object?> { ["amount"] = amount, ["balance"] = balance },
    };
}
