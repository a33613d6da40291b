namespace CleanMessaging.Client;

/// <summary>What a user is; conversations are between an Investor and a Startup.</summary>
public enum UserRole
{
    /// <summary>Talks to Startups.</summary>
    Investor,

    /// <summary>Talks to Investors.</summary>
    Startup,

    /// <summary>Credits and reverses points, and shuts users out. Talks to nobody.</summary>
    Admin,
}

/// <summary>The signed-in user.</summary>
public sealed record User(Guid Id, string Email, string DisplayName, UserRole Role);
