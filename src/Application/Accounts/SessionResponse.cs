using CleanMessaging.Application.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>What a client holds while it is signed in.</summary>
/// <param name="AccessToken">A JWT for the <c>Authorization: Bearer</c> header.</param>
/// <param name="ExpiresAt">When the access token ends; a hub connection made with it closes then.</param>
/// <param name="RefreshToken">For the next refresh, which answers with another one.</param>
/// <param name="ExpiredMessages">How many expired messages this sign-in flagged.</param>
public sealed record SessionResponse(
    string AccessToken,
    DateTimeOffset ExpiresAt,
    string RefreshToken,
    UserResponse User,
    int ExpiredMessages)
{
    /// <summary>Says nothing of the secrets, which belong in no log.</summary>
    public override string ToString() => nameof(SessionResponse);
}
