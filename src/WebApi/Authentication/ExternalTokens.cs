using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Tokens;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Maps a verified token of an external issuer to a local user, which is created on the first request.</summary>
internal static class ExternalTokens
{
    /// <summary>Sets the principal to the local user of the token. Returns the reason if the token is rejected; otherwise null.</summary>
    public static async Task<string?> ErrorOfAsync(TokenValidatedContext context)
    {
        try
        {
            if (await FindOrAdmitAsync(context) is not { } user)
                return "the claims that a new user needs are missing or malformed";

            if (user.DeactivatedAt is not null)
                return $"user {user.Id} is deactivated";

            // From here on the stored user record determines the role, not the token.
            context.Principal = new ClaimsPrincipal(new ClaimsIdentity(
                [
                    new Claim(TokenClaims.UserId, user.Id.ToString()),
                    new Claim(TokenClaims.Role, user.Role.ToString()),
                    new Claim(TokenClaims.AccessVersion, user.AccessVersion.ToString(CultureInfo.InvariantCulture)),
                ],
                context.Scheme.Name,
                TokenClaims.UserId,
                TokenClaims.Role));

            return null;
        }
        catch (Exception exception) when (exception is DomainException or ValidationException)
        {
            return $"its user cannot be created: {ApiProblem.From(exception).Code}";
        }
    }

    private static async Task<User?> FindOrAdmitAsync(TokenValidatedContext context)
    {
        var claims = context.Principal ?? new ClaimsPrincipal();
        if (claims.FindFirst("iss")?.Value is not { } issuer || claims.FindFirst("sub")?.Value is not { } subject)
            return null;

        var mediator = context.HttpContext.RequestServices.GetRequiredService<IMediator>();
        var login = new ExternalLogin(issuer, subject);
        if (await mediator.Send(new FindExternalUserQuery(login), context.HttpContext.RequestAborted) is { } known)
            return known;

        var roleName = claims.FindFirst("role")?.Value;
        var isRole = Enum.TryParse<UserRole>(roleName, out var role) && role.ToString() == roleName;
        var email = claims.FindFirst("email")?.Value;

        if (!isRole || email is null)
            return null;

        try
        {
            return await mediator.Send(
                new AdmitExternalUserCommand(login, email, claims.FindFirst("name")?.Value ?? email, role),
                context.HttpContext.RequestAborted);
        }
        catch (DomainException rejected) when (rejected.Error == UserErrors.EmailTaken)
        {
            // A concurrent first request of the same subject has created the user. If another account has the address, the query returns
            // null.
            return await mediator.Send(new FindExternalUserQuery(login), context.HttpContext.RequestAborted);
        }
    }
}
