namespace CleanMessaging.Client;

/// <summary>The role of a user. Each conversation is between an Investor and a Startup.</summary>
public enum UserRole
{
    /// <summary>Talks to Startups.</summary>
    Investor,

    /// <summary>Talks to Investors.</summary>
    Startup,

    /// <summary>Manages points and limits, and deactivates users. An Admin takes part in no conversation.</summary>
    Admin,
}

/// <summary>The signed-in user.</summary>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record User(Guid Id, string Email, string DisplayName, UserRole Role, Guid? AvatarId = null);
