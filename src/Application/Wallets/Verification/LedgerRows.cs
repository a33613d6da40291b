namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>A wallet's row.</summary>
/// <param name="LastNumber">The number of the wallet's latest ledger line, as the wallet states it.</param>
public readonly record struct WalletRow(Guid UserId, long Balance, long LastNumber);

/// <summary>A ledger line's row.</summary>
/// <param name="Amount">Points, positive when they came in.</param>
public readonly record struct LineRow(Guid UserId, Guid Id, long Number, long Amount, long BalanceAfter);

/// <summary>Points of one message: what it was charged, or what the ledger says was paid for it.</summary>
/// <param name="UserId">The sender, or who paid.</param>
public readonly record struct MessagePoints(Guid MessageId, Guid UserId, long Points);

/// <summary>A reversal and the line that it reverses. The last two are null when there is no such line.</summary>
public readonly record struct ReversalRow(Guid ReversesId, Guid Id, Guid UserId, long Amount, Guid? OriginalUserId, long? OriginalAmount);

/// <summary>
/// The next wallets and the next ledger lines, both in the order of user and number, as they were at one moment.
/// </summary>
/// <param name="UpTo">
/// The last user of whom the slice has a part; later users are in other slices, and of this user there may be more lines. Null when nothing follows.
/// </param>
public sealed record WalletSlice(IReadOnlyList<WalletRow> Wallets, IReadOnlyList<LineRow> Lines, Guid? UpTo);

/// <summary>
/// The next charged messages and the next payments for messages, both in the order of the message, as they were at one moment.
/// </summary>
/// <param name="UpTo">The last message of which the slice has everything. Null when nothing follows.</param>
public sealed record PaymentSlice(IReadOnlyList<MessagePoints> Charged, IReadOnlyList<MessagePoints> Paid, Guid? UpTo);

/// <summary>The next reversals in the order of what they reverse, as they were at one moment.</summary>
/// <param name="HasMore">Whether more follow.</param>
public sealed record ReversalSlice(IReadOnlyList<ReversalRow> Reversals, bool HasMore);
