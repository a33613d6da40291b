using System.Security.Claims;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>The default expiration of a conversation, and the earlier expiry of a message.</summary>
internal static class ExpirationEndpoints
{
    public static void MapDefaultExpiration(this IEndpointRouteBuilder conversations) =>
        conversations.MapPut("/{id}/expiration", SetDefault).WithName("setDefaultExpiration")
            .WithRequestExample(MessageChangeExamples.SetExpiration, "a day")
            .WithRequestExample(MessageChangeExamples.RemoveExpiration, "none")
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.ExpirationSet)
            .ProducesErrors(ConversationErrors.NotFound);

    public static void MapEarlierExpiry(this IEndpointRouteBuilder messages) =>
        messages.MapPut("/{id}/expiration", ExpireSooner).WithName("expireMessageSooner")
            .WithRequestExample(MessageChangeExamples.ExpireSooner)
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.ExpiresSooner)
            .ProducesErrors(MessageErrors.NotFound, MessageErrors.NotYours, MessageChangeExamples.ExpirationOnlyEarlier);

    /// <summary>Sets or removes the default expiration of a conversation.</summary>
    /// <remarks>
    /// It applies to later messages whose sender does not choose otherwise. Either participant can change it, and both see it. The same
    /// value again changes nothing.
    /// </remarks>
    /// <param name="id">A conversation of the caller.</param>
    internal static async Task<Ok<Envelope<ConversationResponse>>> SetDefault(
        CanonicalId id, SetExpirationRequest request, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SetDefaultExpirationCommand(caller.UserId(), new ConversationId(id.Value), request.ExpirationHours), cancellationToken)));

    /// <summary>Lets one's own message expire earlier.</summary>
    /// <remarks>
    /// The hours count from now. A message can never expire later than it already does: both participants have seen the time. Nothing is
    /// refunded.
    /// </remarks>
    /// <param name="id">A message that the caller sent.</param>
    internal static async Task<Ok<Envelope<MessageResponse>>> ExpireSooner(
        CanonicalId id, ExpireSoonerRequest request, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new ExpireMessageSoonerCommand(caller.UserId(), new MessageId(id.Value), request.ExpirationHours), cancellationToken)));
}

public sealed record SetExpirationRequest
{
    /// <summary>Hours after which later messages expire, 1 to 8760; null for no default.</summary>
    public required int? ExpirationHours { get; init; }
}

public sealed record ExpireSoonerRequest
{
    /// <summary>Hours from now until the message expires, 1 to 8760.</summary>
    public required int ExpirationHours { get; init; }
}
