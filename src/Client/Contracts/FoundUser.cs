namespace CleanMessaging.Client;

/// <summary>A user as other users see them.</summary>
/// <param name="Email">The e-mail address; null unless the caller is an Admin.</param>
/// <param name="DeactivatedAt">When the user was deactivated; null if active, or if the caller is not an Admin.</param>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record FoundUser(
    Guid Id,
    string DisplayName,
    UserRole Role,
    string? Email = null,
    DateTimeOffset? DeactivatedAt = null,
    Guid? AvatarId = null);
