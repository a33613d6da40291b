using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

/// <summary>Somebody with an account, as the others know them. Credentials are kept elsewhere.</summary>
public sealed class User
{
    public const int EmailMaxLength = 254;

    private User()
    {
    }

    public User(Guid id, string email, string displayName, UserRole role, DateTimeOffset? deactivatedAt = null, int accessVersion = 0)
    {
        Id = id;
        Email = email;
        DisplayName = displayName;
        Role = role;
        DeactivatedAt = deactivatedAt;
        AccessVersion = accessVersion;
    }

    public Guid Id { get; private init; }

    public string Email { get; private init; } = "";

    public string DisplayName { get; private init; } = "";

    public UserRole Role { get; private init; }

    /// <summary>When the user was deactivated; null for an active user. What they wrote stays; no one can write to them.</summary>
    public DateTimeOffset? DeactivatedAt { get; private init; }

    /// <summary>
    /// Goes up with every change of the role, and with every deactivation and reactivation. Access that was given at a lower version has ended.
    /// </summary>
    public int AccessVersion { get; private init; }

    /// <summary>Keeps Admins from deactivating themselves: the last one could not come back.</summary>
    /// <exception cref="DomainException"><c>user.deactivating_self</c></exception>
    public static void EnsureMayDeactivate(Guid adminId, Guid userId)
    {
        if (adminId == userId)
            throw new DomainException(UserErrors.DeactivatingSelf);
    }
}
