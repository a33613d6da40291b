using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

/// <summary>Somebody with an account, as the others know them. Credentials are kept elsewhere.</summary>
public sealed class User
{
    public const int EmailMaxLength = 254;

    private User()
    {
    }

    public User(Guid id, string email, string displayName, UserRole role, DateTimeOffset? deactivatedAt = null)
    {
        Id = id;
        Email = email;
        DisplayName = displayName;
        Role = role;
        DeactivatedAt = deactivatedAt;
    }

    public Guid Id { get; private init; }

    public string Email { get; private init; } = "";

    public string DisplayName { get; private init; } = "";

    public UserRole Role { get; private init; }

    /// <summary>Since when the user is shut out; null for who may come in. What they wrote stays, and others can still write to them.</summary>
    public DateTimeOffset? DeactivatedAt { get; private init; }

    /// <summary>Keeps Admins from shutting themselves out: the last one could not come back.</summary>
    /// <exception cref="DomainException"><c>user.deactivating_self</c></exception>
    public static void EnsureMayDeactivate(Guid adminId, Guid userId)
    {
        if (adminId == userId)
            throw new DomainException(UserErrors.DeactivatingSelf);
    }
}
