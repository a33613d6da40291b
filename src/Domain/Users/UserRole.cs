namespace CleanMessaging.Domain.Users;

/// <summary>The role of a user. It is read only from the stored user record, never from a request.</summary>
public enum UserRole
{
    Investor,
    Startup,

    /// <summary>Administrator: credits wallets, sets quotas, verifies the ledger. Admins cannot take part in conversations.</summary>
    Admin,
}
