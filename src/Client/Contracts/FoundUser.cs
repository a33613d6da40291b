namespace CleanMessaging.Client;

/// <summary>A user as other users see them.</summary>
/// <param name="Email">The e-mail address; null unless the caller is an Admin.</param>
/// <param name="DeactivatedAt">When the user was deactivated; null if active, or if the caller is not an Admin.</param>
public sealed record FoundUser(Guid Id, string DisplayName, UserRole Role, string? Email = null, DateTimeOffset? DeactivatedAt = null);
