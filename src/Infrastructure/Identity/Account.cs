using System.Security.Cryptography;
using CleanMessaging.Domain.Users;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>A user with their credentials; the only type that holds them.</summary>
internal sealed class Account : IdentityUser<Guid>
{
    public string DisplayName { get; init; } = "";

    public UserRole Role { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The text in which searches look for the name; null in rows that no version with a search has written.</summary>
    public string? SearchName { get; private init; }

    /// <summary>The same for the e-mail address, for Admins.</summary>
    public string? SearchEmail { get; private init; }

    /// <summary>When the user was deactivated; null for an active user.</summary>
    public DateTimeOffset? DeactivatedAt { get; private set; }

    /// <summary><inheritdoc cref="User.AccessVersion"/> Written by a trigger, so that a change by hand counts too.</summary>
    public int AccessVersion { get; private init; }

    /// <summary>When <see cref="AccessVersion"/> went up last, by the clock of the database; null for never.</summary>
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

    public User ToUser() => new(Id, Email ?? "", DisplayName, Role, DeactivatedAt, AccessVersion);

    /// <summary>Whether what was proved against a stamp still holds.</summary>
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

    private static string NewStamp() => RandomNumberGenerator.GetHexString(32);
}
