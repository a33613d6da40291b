using System.Security.Claims;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Identity;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Who acts, read from the verified token and from nowhere else.</summary>
internal static class Caller
{
    public static Guid UserId(this ClaimsPrincipal caller) => Guid.Parse(Claim(caller, TokenClaims.UserId));

    public static Guid SessionId(this ClaimsPrincipal caller) => Guid.Parse(Claim(caller, TokenClaims.SessionId));

    public static UserRole Role(this ClaimsPrincipal caller) => Enum.Parse<UserRole>(Claim(caller, TokenClaims.Role));

    private static string Claim(ClaimsPrincipal caller, string type) =>
        caller.FindFirst(type)?.Value ?? throw new InvalidOperationException($"The verified token has no {type} claim.");
}
