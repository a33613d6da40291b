namespace CleanMessaging.Infrastructure.Identity;

/// <summary>What an access token says, by its names in the token.</summary>
public static class TokenClaims
{
    public const string UserId = "sub";
    public const string SessionId = "sid";
    public const string Role = "role";

    /// <summary>The user's <see cref="Domain.Users.User.AccessVersion"/> when the access was given; a token without it was issued at version 0.</summary>
    public const string AccessVersion = "access_version";

    /// <summary>The <c>typ</c> header of an access token (RFC 9068); a token of another type is not accepted as one.</summary>
    public const string AccessTokenType = "at+jwt";
}
