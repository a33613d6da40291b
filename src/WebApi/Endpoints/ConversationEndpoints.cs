using System.Security.Claims;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class ConversationEndpoints
{
    public static void MapConversations(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/conversations").WithTags("Conversations");
        group.MapGet("/", List);
        group.MapPost("/create", Create);
        group.MapGet("/{id}", Get);
    }

    /// <summary>The caller's conversations, newest activity first.</summary>
    private static async Task<Ok<PageEnvelope<ConversationResponse>>> List(
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? cursor = null,
        WholeNumber? limit = null)
    {
        var page = await mediator.Send(new ListConversationsQuery(caller.UserId(), cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return TypedResults.Ok(new PageEnvelope<ConversationResponse>(page.Conversations, page.Page));
    }

    /// <summary>Starts the conversation with a user of the other role (201), or finds the one there is (200).</summary>
    private static async Task<Results<Created<Envelope<ConversationResponse>>, Ok<Envelope<ConversationResponse>>>> Create(
        StartConversationRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var started = await mediator.Send(
            new StartConversationCommand(caller.UserId(), request.ReceiverId, request.PointsCost), cancellationToken);
        var body = Envelope.Of(started.Conversation);

        return started.Created ? TypedResults.Created($"/api/conversations/{started.Conversation.Id}", body) : TypedResults.Ok(body);
    }

    /// <summary>One conversation of the caller's.</summary>
    private static async Task<Ok<Envelope<ConversationResponse>>> Get(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetConversationQuery(caller.UserId(), id.Value), cancellationToken)));
}

public sealed record StartConversationRequest
{
    public required Guid ReceiverId { get; init; }

    /// <summary>What the caller agrees to pay, in points; nothing when left out. The price is the server's.</summary>
    [Optional]
    public long? PointsCost { get; init; }
}
