namespace CleanMessaging.Domain.Wallets;

/// <summary>The type of a ledger line.</summary>
public enum WalletTransactionType
{
    /// <summary>Points that the system grants when a wallet is opened.</summary>
    Grant,

    /// <summary>Points credited by an Admin.</summary>
    TopUp,

    /// <summary>Points paid for a message or a conversation.</summary>
    Spend,

    /// <summary>A transaction with the opposite amount of an earlier one, linked to it.</summary>
    Reversal,
}
