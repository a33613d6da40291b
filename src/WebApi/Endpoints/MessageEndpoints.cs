using System.Security.Claims;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/messages").WithTags("Messages");
        group.MapGet("/", GetPage);
        group.MapPost("/send", Send);
        group.MapPost("/read", MarkRead);
        group.MapGet("/quota", GetQuota);
    }

    /// <summary>A page of a conversation, oldest first.</summary>
    private static async Task<Ok<MessagePageEnvelope>> GetPage(
        CanonicalId conversationId,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        CanonicalId? before = null,
        CanonicalId? after = null,
        WholeNumber? limit = null)
    {
        var page = await mediator.Send(
            new GetMessagesQuery(caller.UserId(), conversationId.Value, before?.Value, after?.Value, limit?.Value ?? PageLimit.Default),
            cancellationToken);

        return TypedResults.Ok(new MessagePageEnvelope(page.Messages, page.Page));
    }

    /// <summary>Sends a message (201), or answers a repeated send with what the first one did (200).</summary>
    private static async Task<Results<Created<SentEnvelope>, Ok<SentEnvelope>>> Send(
        SendMessageRequest request,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var sent = await mediator.Send(
            new SendMessageCommand(
                caller.UserId(), request.ConversationId, request.Content, request.ExpirationHours, request.ClientMessageId, request.MaxPoints),
            cancellationToken);
        var body = new SentEnvelope(sent.Message, sent.Charge);
        QuotaHeaders.Write(httpContext, sent.Quota);
        if (!sent.Replayed)
            return TypedResults.Created((string?)null, body);

        httpContext.MarkReplayed();

        return TypedResults.Ok(body);
    }

    /// <summary>Marks messages as read: up to the newest of the given ones, or all.</summary>
    private static async Task<Ok<Envelope<MarkedRead>>> MarkRead(
        MarkReadRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new MarkReadCommand(caller.UserId(), request.ConversationId, request.MessageIds), cancellationToken)));

    /// <summary>Free messages left today, what the next one costs, and the balance.</summary>
    private static async Task<Ok<Envelope<QuotaResponse>>> GetQuota(ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetQuotaQuery(caller.UserId()), cancellationToken)));
}

public sealed record SendMessageRequest
{
    public required Guid ConversationId { get; init; }

    /// <summary>1 to 5000 characters (Unicode code points), kept verbatim.</summary>
    public required string Content { get; init; }

    /// <summary>Hours until it disappears, 1 to 8760; never when left out.</summary>
    [Optional]
    public int? ExpirationHours { get; init; }

    /// <summary>An id of the client's making. With it the send can be repeated safely, for ever.</summary>
    [Optional]
    public Guid? ClientMessageId { get; init; }

    /// <summary>The most that the sender agrees to pay, in points; what it costs when left out.</summary>
    [Optional]
    public long? MaxPoints { get; init; }
}

public sealed record MarkReadRequest
{
    public required Guid ConversationId { get; init; }

    /// <summary>1 to 1000 messages; everything when left out.</summary>
    [Optional]
    public IReadOnlyList<Guid>? MessageIds { get; init; }
}
