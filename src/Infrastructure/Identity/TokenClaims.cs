namespace CleanMessaging.Infrastructure.Identity;

/// <summary>What an access token says, by its names in the token.</summary>
public static class TokenClaims
{
    public const string UserId = "sub";
    public const string SessionId = "sid";
    public const string Role = "role";

    /// <summary>The <c>typ</c> header of an access token (RFC 9068); a token of another type is not accepted as one.</summary>
    public const string AccessTokenType = "at+jwt";
}
