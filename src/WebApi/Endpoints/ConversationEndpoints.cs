using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class ConversationEndpoints
{
    /// <summary>Maps all operations on conversations, in the order in which Swagger UI shows them.</summary>
    public static void MapConversations(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/conversations").WithTags("Conversations");
        group.MapGet("/", List).WithName("listConversations").WithBufferedResponse()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Conversations);
        group.MapPost("/create", Create).WithName("startConversation")
            .WithRequestExample(Examples.StartConversation)
            .WithResponseExample(StatusCodes.Status201Created, Examples.StartedConversation)
            .WithResponseExample(StatusCodes.Status200OK, Examples.FoundConversation)
            .WithResponseHeaders(StatusCodes.Status201Created, HeaderDescription.Location)
            .ProducesErrors(
                ConversationErrors.WithSelf,
                ConversationErrors.RolePairNotAllowed,
                UserErrors.NotFound,
                ConversationErrors.RecipientUnavailable,
                Examples.PriceChanged, Examples.ConversationNotCovered);
        group.MapGet("/{id}", Get).WithName("getConversation")
            .WithResponseExample(StatusCodes.Status200OK, Examples.FoundConversation)
            .ProducesErrors(ConversationErrors.NotFound);
        group.MapDefaultExpiration();
        group.MapPersonal();
        group.MapGet("/unread", GetUnreadTotals).WithName("getUnreadTotals")
            .WithResponseExample(StatusCodes.Status200OK, Examples.UnreadTotals);

        // A group of its own, because routes that are mapped without one are all in one place of the document.
        api.MapGroup("/sync").WithTags("Conversations").MapPost("/", Sync).WithName("syncConversations")
            .WithConcurrencyLimit(RequestKind.Sync).WithBufferedResponse()
            .WithRequestExample(SyncExamples.Request)
            .WithResponseExample(StatusCodes.Status200OK, SyncExamples.Response)
            .ProducesErrors(UserErrors.NotFound);
    }

    /// <summary>Lists the caller's conversations, newest activity first.</summary>
    /// <remarks>
    /// Conversations that the caller has deleted are not listed until their next message. A page has at most 1 MB of JSON; the next page,
    /// at <c>nextCursor</c>, continues where it ends.
    /// </remarks>
    /// <param name="filter">
    /// <c>inbox</c> for those that are not archived, <c>pinned</c>, <c>archived</c>, or <c>all</c>. Use a cursor with the same filter.
    /// </param>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Ok<PageEnvelope<ConversationResponse>>> List(
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? cursor = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null,
        [DefaultValue(ConversationFilterName.Inbox)]
        [AllowedValues(
            ConversationFilterName.Inbox, ConversationFilterName.Pinned, ConversationFilterName.Archived, ConversationFilterName.All)]
        string? filter = null)
    {
        var page = await mediator.Send(
            new ListConversationsQuery(caller.UserId(), cursor, limit?.Value ?? PageLimit.Default, filter), cancellationToken);

        return TypedResults.Ok(new PageEnvelope<ConversationResponse>(page.Conversations, page.Page));
    }

    /// <summary>Returns the number of the caller's unread messages in all conversations.</summary>
    /// <remarks>
    /// At most 100 messages are counted per conversation. Conversations without unread messages are not counted. Archived conversations are
    /// counted separately.
    /// </remarks>
    internal static async Task<Ok<Envelope<UnreadTotals>>> GetUnreadTotals(
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetUnreadTotalsQuery(caller.UserId()), cancellationToken)));

    /// <summary>Starts the conversation with a user of the other role (201), or returns the existing one (200).</summary>
    /// <remarks>
    /// Only a new conversation is charged, with at most <c>pointsCost</c> points. A new conversation with a deactivated user is rejected;
    /// an existing one is returned.
    /// </remarks>
    /// <response code="201">The conversation is new.</response>
    /// <response code="200">The conversation already existed; nothing was charged.</response>
    internal static async Task<Results<Created<Envelope<ConversationResponse>>, Ok<Envelope<ConversationResponse>>>> Create(
        StartConversationRequest request,
        ClaimsPrincipal caller,
        HttpRequest httpRequest,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var started = await mediator.Send(
            new StartConversationCommand(caller.UserId(), new UserId(request.ReceiverId), request.PointsCost), cancellationToken);
        var body = Envelope.Of(started.Conversation);

        return started.Created
            ? TypedResults.Created($"{httpRequest.PathBase}/api/conversations/{started.Conversation.Id}", body)
            : TypedResults.Ok(body);
    }

    /// <summary>Returns the changes that the caller missed in up to 200 conversations, all from one snapshot.</summary>
    /// <remarks>
    /// The changes of a conversation are returned completely or not at all. <c>recovered</c> is false when more than 500 changed, deleted,
    /// expired and hidden messages or more than 5000 revisions of it are missing, or when the response would exceed 5000 such messages,
    /// 50,000 revisions or 1 MB of JSON in all: then fetch the pages of the conversation.
    /// </remarks>
    internal static async Task<Ok<Envelope<SyncedConversations>>> Sync(
        SyncRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SyncConversationsQuery(
                caller.UserId(),
                [
                    .. request.Conversations.Select(one =>
                        new KnownConversation(one.ConversationId, one.SinceRevision, one.SincePersonalRevision)),
                ]),
            cancellationToken)));

    /// <summary>Returns one of the caller's conversations.</summary>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<ConversationResponse>>> Get(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(
            Envelope.Of(await mediator.Send(new GetConversationQuery(caller.UserId(), new ConversationId(id.Value)), cancellationToken)));
}

public sealed record StartConversationRequest
{
    /// <summary>A user of the other role.</summary>
    public required Guid ReceiverId { get; init; }

    /// <summary>The highest price that the caller agrees to pay, in points; 0 when left out. The server determines the price.</summary>
    [Optional]
    public long? PointsCost { get; init; }
}

/// <param name="Conversations">1 to 200 conversations without duplicates.</param>
public sealed record SyncRequest(IReadOnlyList<ConversationToSync> Conversations);

public sealed record ConversationToSync
{
    public required Guid ConversationId { get; init; }

    /// <summary>The last revision that the client has; 0 for none.</summary>
    public required long SinceRevision { get; init; }

    /// <summary>The last personal revision that the client has, 0 for none. If omitted, the response has no hidden messages.</summary>
    [Optional]
    public long? SincePersonalRevision { get; init; }
}
