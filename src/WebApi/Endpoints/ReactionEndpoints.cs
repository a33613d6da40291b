using System.Security.Claims;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class ReactionEndpoints
{
    public static void MapReactions(this IEndpointRouteBuilder messages)
    {
        messages.MapPut("/{id}/reaction", React).WithName("reactToMessage")
            .WithRequestExample(MessageChangeExamples.React)
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.Reacted)
            .ProducesErrors(MessageErrors.NotFound, ReactionErrors.NotAllowed);
        messages.MapDelete("/{id}/reaction", Remove).WithName("removeReaction")
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.ReactionRemoved)
            .ProducesErrors(MessageErrors.NotFound);
    }

    /// <summary>Sets the caller's reaction to a message, in place of an earlier one.</summary>
    /// <remarks>
    /// Both participants can react to every message that they see, also to their own. A user has one reaction to a message. It costs
    /// nothing, and changes neither the order nor the unread count. The emoji that the user has already set changes nothing: also if
    /// it is sent with U+FE0F and was set without it, or the other way around. The form that was set first stays.
    /// </remarks>
    /// <param name="id">A message of a conversation of the caller.</param>
    internal static async Task<Ok<Envelope<MessageResponse>>> React(
        CanonicalId id, ReactRequest request, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new ReactToMessageCommand(caller.UserId(), new MessageId(id.Value), request.Emoji), cancellationToken)));

    /// <summary>Removes the caller's reaction to a message.</summary>
    /// <remarks>Without a reaction nothing changes.</remarks>
    /// <param name="id">A message of a conversation of the caller.</param>
    internal static async Task<Ok<Envelope<MessageResponse>>> Remove(
        CanonicalId id, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new RemoveReactionCommand(caller.UserId(), new MessageId(id.Value)), cancellationToken)));
}

public sealed record ReactRequest
{
    /// <summary>
    /// Exactly one emoji: at most 10 Unicode code points and 40 bytes of UTF-8, stored as sent. This includes the characters that are drawn
    /// as text by default and as an emoji with U+FE0F, such as ❤ and ©.
    /// </summary>
    public required string Emoji { get; init; }
}
