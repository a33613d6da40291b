using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Identity;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>Turns a verified token of an external issuer into one of our users, who is made at the first visit.</summary>
internal static class ExternalTokens
{
    public static async Task RecognizeAsync(TokenValidatedContext context)
    {
        try
        {
            if (await FindOrAdmitAsync(context) is not { } user)
            {
                context.Fail("The token does not say enough to make a user of.");
                return;
            }

            // From here on our record speaks, not the token.
            context.Principal = new ClaimsPrincipal(new ClaimsIdentity(
                [new Claim(TokenClaims.UserId, user.Id.ToString()), new Claim(TokenClaims.Role, user.Role.ToString())],
                context.Scheme.Name,
                TokenClaims.UserId,
                TokenClaims.Role));
        }
        catch (Exception exception) when (exception is DomainException or ValidationException)
        {
            context.Fail(exception);
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
        catch (DomainException refused) when (refused.Error == UserErrors.EmailTaken)
        {
            // By the same subject, whose other first request was faster; or by somebody else, and then nobody is found.
            return await mediator.Send(new FindExternalUserQuery(login), context.HttpContext.RequestAborted);
        }
    }
}
