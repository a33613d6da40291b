using System.Security.Claims;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Users;
using CleanMessaging.WebApi.Authentication;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api) => api.MapGet("/users", Find).WithTags("Users");

    /// <summary>Finds whom one can talk to, by name.</summary>
    private static async Task<Results<Ok<PageEnvelope<UserSummary>>, Ok<PageEnvelope<FoundUser>>>> Find(
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? search = null,
        string? cursor = null,
        WholeNumber? limit = null)
    {
        var found = await mediator.Send(new FindUsersQuery(caller.Role(), search, cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return caller.Role() == UserRole.Admin
            ? TypedResults.Ok(new PageEnvelope<FoundUser>(found.Users, found.Page))
            : TypedResults.Ok(new PageEnvelope<UserSummary>([.. found.Users.Select(UserSummary.Of)], found.Page));
    }
}

/// <summary>A user as the others see them.</summary>
public sealed record UserSummary(Guid Id, string DisplayName, UserRole Role)
{
    internal static UserSummary Of(FoundUser user) => new(user.Id, user.DisplayName, user.Role);
}
