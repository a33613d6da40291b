using System.Security.Cryptography;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Persistence.Accounts;

/// <summary>A user with their credentials. No other type contains credentials.</summary>
internal sealed class Account : IdentityUser<Guid>
{
    public string DisplayName { get; init; } = "";

    public UserRole Role { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The normalized name that searches match; null in rows that an older version without a search wrote.</summary>
    public string? SearchName { get; private init; }

    /// <summary>The normalized e-mail address that searches of Admins match.</summary>
    public string? SearchEmail { get; private init; }

    /// <summary>When the user was deactivated; null for an active user.</summary>
    public DateTimeOffset? DeactivatedAt { get; private set; }

    /// <inheritdoc cref="User.AvatarId"/>
    public Guid? AvatarId { get; private set; }

    /// <summary><inheritdoc cref="User.AccessVersion"/> Written by a trigger, so that a change by hand counts too.</summary>
    public int AccessVersion { get; private init; }

    /// <summary>When <see cref="AccessVersion"/> last increased, by the clock of the database; null if it never did.</summary>
    public DateTimeOffset? AccessChangedAt { get; private init; }

    public static Account Of(User user, DateTimeOffset createdAt) => new()
    {
        Id = user.Id,
        UserName = user.Email,
        Email = user.Email,
        DisplayName = user.DisplayName,
        Role = user.Role,
        CreatedAt = createdAt,
        SearchName = UserSearchText.Of(user.DisplayName),
        SearchEmail = UserSearchText.Of(user.Email),
    };

    public User ToUser() => new(Id, Email ?? "", DisplayName, Role, DeactivatedAt, AccessVersion, (AttachmentId?)AvatarId);

    /// <summary>Returns whether a stamp that was verified earlier is still the current one.</summary>
    public bool Admits(string stamp) => DeactivatedAt is null && SecurityStamp == stamp;

    public void ChangePassword(string passwordHash)
    {
        PasswordHash = passwordHash;
        SecurityStamp = NewStamp();
    }

    public void Deactivate(DateTimeOffset at)
    {
        if (DeactivatedAt is not null)
            return;

        DeactivatedAt = at;
        SecurityStamp = NewStamp();
    }

    public void Reactivate() => DeactivatedAt = null;

    public void SetAvatar(Guid? avatarId) => AvatarId = avatarId;

    private static string NewStamp() => RandomNumberGenerator.GetHexString(32);
}
