using CleanMessaging.Application.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>The tokens and the user of a session.</summary>
/// <param name="AccessToken">A JWT for the <c>Authorization: Bearer</c> header.</param>
/// <param name="ExpiresAt">When the access token expires; a hub connection opened with it closes then.</param>
/// <param name="RefreshToken">The token for the next refresh, which returns a new one.</param>
/// <param name="ExpiredMessages">The number of expired messages that this sign-in flagged.</param>
public sealed record SessionResponse(
    string AccessToken,
    DateTimeOffset ExpiresAt,
    string RefreshToken,
    UserResponse User,
    int ExpiredMessages)
{
    /// <summary>Omits the tokens, so that they never reach a log.</summary>
    public override string ToString() => nameof(SessionResponse);
}
