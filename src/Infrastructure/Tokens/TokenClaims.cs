namespace CleanMessaging.Infrastructure.Tokens;

/// <summary>The claim names of access tokens.</summary>
public static class TokenClaims
{
    public const string UserId = "sub";
    public const string SessionId = "sid";
    public const string Role = "role";

    /// <summary>
    /// The user's <see cref="Domain.Users.User.AccessVersion"/> when the token was issued. A token without it counts as issued at version
    /// 0.
    /// </summary>
    public const string AccessVersion = "access_version";

    /// <summary>The <c>typ</c> header of an access token (RFC 9068). The server rejects access tokens of another type.</summary>
    public const string AccessTokenType = "at+jwt";
}
