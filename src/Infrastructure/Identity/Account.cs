using CleanMessaging.Domain.Users;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>A user with their credentials; the only type that holds them.</summary>
internal sealed class Account : IdentityUser<Guid>
{
    public string DisplayName { get; init; } = "";

    public UserRole Role { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public static Account Of(User user, DateTimeOffset createdAt) => new()
    {
        Id = user.Id,
        UserName = user.Email,
        Email = user.Email,
        DisplayName = user.DisplayName,
        Role = user.Role,
        CreatedAt = createdAt,
    };

    public User ToUser() => new(Id, Email ?? "", DisplayName, Role);
}
