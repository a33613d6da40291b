using System.ComponentModel;
using System.Security.Claims;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api) =>
        api.MapGet("/users", Find).WithTags("Users").WithName("findUsers")
            .WithConcurrencyLimit(RequestKind.UserSearch).ProducesErrors(LimitErrors.SearchTooSlow()).WithBufferedResponse()
            .WithResponseExample(StatusCodes.Status200OK, Examples.UsersAsOthersSeeThem, "for an Investor or a Startup")
            .WithResponseExample(StatusCodes.Status200OK, Examples.UsersAsAdminsSeeThem, "for an Admin");

    /// <summary>Lists the users the caller can start a conversation with, by name.</summary>
    /// <remarks>
    /// These are the users of the other role who are not deactivated. An Admin finds every user, by name or e-mail address, and sees e-mail
    /// addresses.
    ///
    /// A search ignores case, accents, character width and invisible characters: `jose` finds `José`, `weiss` finds `Weiß`. A search of 2
    /// characters matches at the beginning of a word, a longer one anywhere. At most 2 requests of a user run at the same time; the others
    /// wait.
    /// </remarks>
    /// <param name="search">2 to 100 characters; lists every user when left out or empty.</param>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Results<Ok<PageEnvelope<UserSummary>>, Ok<PageEnvelope<FoundUser>>>> Find(
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? search = null,
        string? cursor = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null)
    {
        var found = await mediator.Send(
            new FindUsersQuery(caller.UserId(), caller.Role(), search, cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return caller.Role() == UserRole.Admin
            ? TypedResults.Ok(new PageEnvelope<FoundUser>(found.Users, found.Page))
            : TypedResults.Ok(new PageEnvelope<UserSummary>([.. found.Users.Select(UserSummary.Of)], found.Page));
    }
}

/// <summary>A user as other users see it.</summary>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record UserSummary(Guid Id, string DisplayName, UserRole Role, Guid? AvatarId)
{
    internal static UserSummary Of(FoundUser user) => new(user.Id, user.DisplayName, user.Role, user.AvatarId);
}
