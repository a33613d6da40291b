using System.Security.Claims;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Identity;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Who acts, read from the verified token and from nowhere else.</summary>
internal static class Caller
{
    /// <summary>What a token of ours has to say, and whether it can be read.</summary>
    private static readonly (string Type, Func<string, bool> IsReadable)[] _claims =
    [
        (TokenClaims.UserId, value => Guid.TryParse(value, out _)),
        (TokenClaims.SessionId, value => Guid.TryParse(value, out _)),
        (TokenClaims.Role, value => Enum.TryParse<UserRole>(value, out var role) && Enum.IsDefined(role)),
    ];

    /// <summary>
    /// What is asked of a caller, without the token that it was read from: a connection keeps its caller for as long as it lives. Null when the
    /// token lacks something.
    /// </summary>
    public static ClaimsPrincipal? Of(ClaimsPrincipal? verified, string scheme)
    {
        var claims = new List<Claim>();
        foreach (var (type, isReadable) in _claims)
        {
            if (verified?.FindFirst(type) is not { } claim || !isReadable(claim.Value))
                return null;

            claims.Add(new Claim(type, claim.Value));
        }

        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme, TokenClaims.UserId, TokenClaims.Role));
    }

    public static Guid UserId(this ClaimsPrincipal caller) => Guid.Parse(Claim(caller, TokenClaims.UserId));

    /// <summary>The user's id as the token spells it; null when there is no valid token.</summary>
    public static string? FindUserId(this ClaimsPrincipal caller) => caller.FindFirst(TokenClaims.UserId)?.Value;

    /// <summary>The session that the token belongs to; null for a token of an external issuer, who keeps the sessions itself.</summary>
    public static Guid? SessionId(this ClaimsPrincipal caller) =>
        caller.FindFirst(TokenClaims.SessionId) is { } session ? Guid.Parse(session.Value) : null;

    public static UserRole Role(this ClaimsPrincipal caller) => Enum.Parse<UserRole>(Claim(caller, TokenClaims.Role));

    private static string Claim(ClaimsPrincipal caller, string type) =>
        caller.FindFirst(type)?.Value ?? throw new InvalidOperationException($"The verified token has no {type} claim.");
}
