namespace CleanMessaging.Client;

/// <summary>A user as the others see them.</summary>
/// <param name="Email">Told to an Admin alone.</param>
/// <param name="DeactivatedAt">Since when the user is shut out, or null; told to an Admin alone.</param>
public sealed record FoundUser(Guid Id, string DisplayName, UserRole Role, string? Email = null, DateTimeOffset? DeactivatedAt = null);
