using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>A wallet's row.</summary>
/// <param name="LastNumber">The number of the wallet's latest ledger line, as stored in the wallet.</param>
public readonly record struct WalletRow(Guid UserId, long Balance, long LastNumber);

/// <summary>A ledger line's row.</summary>
/// <param name="Amount">Points: positive for a credit, negative for a debit.</param>
public readonly record struct LineRow(UserId UserId, TransactionId Id, long Number, long Amount, long BalanceAfter);

/// <summary>The points of one message: the charge stored in the message, or the payment in the ledger.</summary>
/// <param name="UserId">The sender, or the user who paid.</param>
public readonly record struct MessagePoints(MessageId MessageId, UserId UserId, long Points);

/// <summary>A reversal and the line that it reverses. The last two members are null if that line does not exist.</summary>
public readonly record struct ReversalRow(
    TransactionId ReversesId, TransactionId Id, UserId UserId, long Amount, UserId? OriginalUserId, long? OriginalAmount);

/// <summary>
/// The next wallets and the next ledger lines, ordered by user and number, from one snapshot.
/// </summary>
/// <param name="UpTo">
/// The last user in the slice. Later slices contain later users and possibly more lines of this user. Null if this is the last slice.
/// </param>
public sealed record WalletSlice(IReadOnlyList<WalletRow> Wallets, IReadOnlyList<LineRow> Lines, Guid? UpTo);

/// <summary>
/// The next charged messages and the next payments for messages, ordered by message, from one snapshot.
/// </summary>
/// <param name="UpTo">The last message that the slice contains completely. Null if this is the last slice.</param>
public sealed record PaymentSlice(IReadOnlyList<MessagePoints> Charged, IReadOnlyList<MessagePoints> Paid, Guid? UpTo);

/// <summary>The next reversals, ordered by the transaction that they reverse, from one snapshot.</summary>
/// <param name="HasMore">Whether more follow.</param>
public sealed record ReversalSlice(IReadOnlyList<ReversalRow> Reversals, bool HasMore);
