namespace CleanMessaging.Domain.Users;

/// <summary>Somebody with an account, as the others know them. Credentials are kept elsewhere.</summary>
public sealed class User
{
    public const int DisplayNameMaxLength = 100;
    public const int EmailMaxLength = 254;

    private User()
    {
    }

    public User(Guid id, string email, string displayName, UserRole role)
    {
        Id = id;
        Email = email;
        DisplayName = displayName;
        Role = role;
    }

    public Guid Id { get; private init; }

    public string Email { get; private init; } = "";

    public string DisplayName { get; private init; } = "";

    public UserRole Role { get; private init; }
}
