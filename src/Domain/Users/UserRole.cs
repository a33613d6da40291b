namespace CleanMessaging.Domain.Users;

/// <summary>What a user is to the others; comes from our user record alone, never from a request.</summary>
public enum UserRole
{
    Investor,
    Startup,

    /// <summary>Runs the place: credits wallets, sets quotas, verifies the ledger. Never a party to a conversation.</summary>
    Admin,
}
