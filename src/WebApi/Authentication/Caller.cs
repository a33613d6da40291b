using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Tokens;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Reads the caller's identity from the verified token, which is its only source.</summary>
internal static class Caller
{
    /// <summary>
    /// The claims of this server's tokens and their formats. Tokens from earlier server versions have no access version claim.
    /// </summary>
    private static readonly (string Type, Func<string, bool> IsReadable, bool IsRequired)[] _claims =
    [
        (TokenClaims.UserId, value => Guid.TryParse(value, out _), true),
        (TokenClaims.SessionId, value => Guid.TryParse(value, out _), true),
        (TokenClaims.Role, value => Enum.TryParse<UserRole>(value, out var role) && Enum.IsDefined(role), true),
        (TokenClaims.AccessVersion, value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _), false),
    ];

    /// <summary>
    /// Creates a principal with only the needed claims and without the token, because a connection keeps its principal for its whole
    /// lifetime. Returns null if a required claim is missing or malformed.
    /// </summary>
    public static ClaimsPrincipal? Of(ClaimsPrincipal? verified, string scheme)
    {
        var claims = new List<Claim>();
        foreach (var (type, isReadable, isRequired) in _claims)
        {
            var claim = verified?.FindFirst(type);
            if (claim is null ? isRequired : !isReadable(claim.Value))
                return null;

            if (claim is not null)
                claims.Add(new Claim(type, claim.Value));
        }

        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme, TokenClaims.UserId, TokenClaims.Role));
    }

    public static UserId UserId(this ClaimsPrincipal caller) => new(Guid.Parse(Claim(caller, TokenClaims.UserId)));

    /// <summary>Returns the user's id as written in the token; null when there is no valid token.</summary>
    public static string? FindUserId(this ClaimsPrincipal caller) => caller.FindFirst(TokenClaims.UserId)?.Value;

    /// <summary>Returns the session of the token; null for a token of an external issuer, which manages its own sessions.</summary>
    public static Guid? SessionId(this ClaimsPrincipal caller) =>
        caller.FindFirst(TokenClaims.SessionId) is { } session ? Guid.Parse(session.Value) : null;

    public static UserRole Role(this ClaimsPrincipal caller) => Enum.Parse<UserRole>(Claim(caller, TokenClaims.Role));

    private static string Claim(ClaimsPrincipal caller, string type) =>
        caller.FindFirst(type)?.Value ?? throw new InvalidOperationException($"The verified token has no {type} claim.");
}
