using System.Security.Claims;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Identity;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Who acts, read from the verified token and from nowhere else.</summary>
internal static class Caller
{
    public static Guid UserId(this ClaimsPrincipal caller) => Guid.Parse(Claim(caller, TokenClaims.UserId));

    /// <summary>The session that the token belongs to; null for a token of an external issuer, who keeps the sessions itself.</summary>
    public static Guid? SessionId(this ClaimsPrincipal caller) =>
        caller.FindFirst(TokenClaims.SessionId) is { } session ? Guid.Parse(session.Value) : null;

    public static UserRole Role(this ClaimsPrincipal caller) => Enum.Parse<UserRole>(Claim(caller, TokenClaims.Role));

    private static string Claim(ClaimsPrincipal caller, string type) =>
        caller.FindFirst(type)?.Value ?? throw new InvalidOperationException($"The verified token has no {type} claim.");
}
