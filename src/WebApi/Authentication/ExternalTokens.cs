using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Identity;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Turns a verified token of an external issuer into one of our users, who is made at the first visit.</summary>
internal static class ExternalTokens
{
    /// <summary>Makes the caller the user that the token stands for, or tells why it stands for none who may come in.</summary>
    public static async Task<string?> ErrorOfAsync(TokenValidatedContext context)
    {
        try
        {
            if (await FindOrAdmitAsync(context) is not { } user)
                return "it does not say enough to make a user of";

            if (user.DeactivatedAt is not null)
                return $"user {user.Id} is deactivated";

            // From here on our record speaks, not the token.
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
            return $"no user can be made of it: {ApiProblem.From(exception).Code}";
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
                new AdmitExternalUserCommand(login, email, claims.FindFirst("name")?.Value ?? email, role), context.HttpContext.RequestAborted);
        }
        catch (DomainException rejected) when (rejected.Error == UserErrors.EmailTaken)
        {
            // By the same subject, whose other first request was faster; or by somebody else, and then nobody is found.
            return await mediator.Send(new FindExternalUserQuery(login), context.HttpContext.RequestAborted);
        }
    }
}
