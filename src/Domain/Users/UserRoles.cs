namespace CleanMessaging.Domain.Users;

public static class UserRoles
{
    /// <summary>Returns the role of the users that a user can have conversations with; null for an Admin, who has none.</summary>
    public static UserRole? CounterpartOf(UserRole role) => role switch
    {
        UserRole.Investor => UserRole.Startup,
        UserRole.Startup => UserRole.Investor,
        _ => null,
    };
}
