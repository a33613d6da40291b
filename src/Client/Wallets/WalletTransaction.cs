using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>A line of a statement.</summary>
/// <param name="Amount">Points, positive when they came in, negative when they went out.</param>
/// <param name="BalanceAfter">The wallet's balance right after this line.</param>
/// <param name="MessageId">The message that was paid for, if one was.</param>
/// <param name="ConversationId">The conversation that the payment belongs to, if any.</param>
/// <param name="ReversesId">The transaction that this one takes back.</param>
/// <param name="Reason">Why, in the words of the Admin who did it.</param>
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

/// <summary>Why points moved.</summary>
public enum WalletTransactionType
{
    /// <summary>Given by the house when the wallet was opened.</summary>
    [JsonStringEnumMemberName("GRANT")]
    Grant,

    /// <summary>Credited by an Admin.</summary>
    [JsonStringEnumMemberName("TOPUP")]
    TopUp,

    /// <summary>Paid for a message or a conversation.</summary>
    [JsonStringEnumMemberName("SPEND")]
    Spend,

    /// <summary>The exact opposite of an earlier transaction.</summary>
    [JsonStringEnumMemberName("REVERSAL")]
    Reversal,
}
