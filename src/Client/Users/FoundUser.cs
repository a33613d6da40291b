namespace CleanMessaging.Client;

/// <summary>A user as the others see them.</summary>
/// <param name="Email">Told to an Admin alone.</param>
/// <param name="DeactivatedAt">When the user was deactivated, or null; for an Admin only.</param>
public sealed record FoundUser(Guid Id, string DisplayName, UserRole Role, string? Email = null, DateTimeOffset? DeactivatedAt = null);
