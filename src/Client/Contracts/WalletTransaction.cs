using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>A ledger line of a wallet.</summary>
/// <param name="Amount">Points: positive for a credit, negative for a debit.</param>
/// <param name="BalanceAfter">The wallet's balance after this line.</param>
/// <param name="MessageId">The paid message, if any.</param>
/// <param name="ConversationId">The conversation that the payment belongs to, if any.</param>
/// <param name="ReversesId">The transaction that this one reverses, if any.</param>
/// <param name="Reason">The reason that the Admin gave.</param>
public record WalletTransaction(
    Guid Id,
    WalletTransactionType Type,
    long Amount,
    long BalanceAfter,
    Guid? MessageId,
    Guid? ConversationId,
    Guid? ReversesId,
    string? Reason,
    DateTimeOffset CreatedAt);

/// <summary>The kind of a wallet transaction.</summary>
public enum WalletTransactionType
{
    /// <summary>Starting points, granted when the wallet was opened.</summary>
    [JsonStringEnumMemberName("GRANT")]
    Grant,

    /// <summary>Credited by an Admin.</summary>
    [JsonStringEnumMemberName("TOPUP")]
    TopUp,

    /// <summary>Paid for a message or a conversation.</summary>
    [JsonStringEnumMemberName("SPEND")]
    Spend,

    /// <summary>Reverses an earlier transaction with the opposite amount.</summary>
    [JsonStringEnumMemberName("REVERSAL")]
    Reversal,
}
