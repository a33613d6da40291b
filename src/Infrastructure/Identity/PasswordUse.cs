namespace CleanMessaging.Infrastructure.Identity;

/// <summary>The reason why a password is hashed.</summary>
internal enum PasswordUse
{
    /// <summary>A login, or a password change by a signed-in user.</summary>
    LogIn,

    Registration,
}
