namespace CleanMessaging.Domain.Wallets;

/// <summary>Why points moved.</summary>
public enum WalletTransactionType
{
    /// <summary>Points given by the house when a wallet is opened.</summary>
    Grant,

    /// <summary>Points credited by an Admin.</summary>
    TopUp,

    /// <summary>Points paid for a message or a conversation.</summary>
    Spend,

    /// <summary>The exact opposite of an earlier transaction, linked to it.</summary>
    Reversal,
}
