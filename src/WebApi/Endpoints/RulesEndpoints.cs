using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Messages;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class RulesEndpoints
{
    private static readonly Envelope<RulesResponse> _example = Envelope.Of(new RulesResponse(
        (int)MessageChangePolicy.Default.EditWindow.TotalSeconds,
        MessageChangePolicy.Default.EditsMax,
        EditHistoryVisible: true,
        (int)MessageChangePolicy.Default.DeleteWindow.TotalSeconds,
        AllowedReactions: null,
        new AttachmentRules(IsAvailable: true, AttachmentPolicy.DefaultMaxBytes)));

    public static void MapRules(this IEndpointRouteBuilder api) =>
        api.MapGroup("/rules").WithTags("Messages").MapGet("/", Get).WithName("getRules")
            .WithResponseExample(StatusCodes.Status200OK, _example);

    /// <summary>Returns the rules of this server for changes of messages, reactions and attachments.</summary>
    /// <remarks>
    /// They are settings of the server and change only when it restarts, so a client requests them with each new connection. The server
    /// enforces them in any case.
    /// </remarks>
    internal static async Task<Ok<Envelope<RulesResponse>>> Get(IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetRulesQuery(), cancellationToken)));
}
