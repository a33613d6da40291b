using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

/// <summary>A user, with the data that other users see. Credentials are stored separately.</summary>
public sealed class User
{
    public const int EmailMaxLength = 254;

    private User()
    {
    }

    public User(
        Guid id,
        string email,
        string displayName,
        UserRole role,
        DateTimeOffset? deactivatedAt = null,
        int accessVersion = 0,
        AttachmentId? avatarId = null)
    {
        Id = id;
        Email = email;
        DisplayName = displayName;
        Role = role;
        DeactivatedAt = deactivatedAt;
        AccessVersion = accessVersion;
        AvatarId = avatarId?.Value;
    }

    public Guid Id { get; private init; }

    public string Email { get; private init; } = "";

    public string DisplayName { get; private init; } = "";

    public UserRole Role { get; private init; }

    /// <summary>The attachment with the user's picture, which everyone sees who sees the name; null if there is none.</summary>
    public Guid? AvatarId { get; private init; }

    /// <summary>
    /// The time of deactivation; null for an active user. A deactivated user's messages stay readable; no one can send new ones to the
    /// user.
    /// </summary>
    public DateTimeOffset? DeactivatedAt { get; private init; }

    /// <summary>
    /// The version of the user's access: every change of the role, deactivation and reactivation increases it. Tokens with a lower version
    /// are invalid.
    /// </summary>
    public int AccessVersion { get; private init; }

    /// <summary>Prevents Admins from deactivating themselves, because no one could reactivate the last Admin.</summary>
    /// <exception cref="DomainException"><c>user.deactivating_self</c></exception>
    public static void EnsureMayDeactivate(UserId adminId, UserId userId)
    {
        if (adminId == userId)
            throw new DomainException(UserErrors.DeactivatingSelf);
    }
}
