using System.Security.Claims;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/messages").WithTags("Messages");
        group.MapGet("/", GetPage).WithName("getMessages").AnswersLargely()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Messages)
            .WithValidation<GetMessagesQuery>()
            .Rejects(MessageErrors.InvalidCursor, ConversationErrors.NotFound);
        group.MapPost("/send", Send).WithName("sendMessage").CountedAs(RequestKind.Send)
            .WithRequestExample(Examples.ShortMessage, "a message")
            .WithRequestExample(Examples.FullMessage, "a message that disappears, can be repeated and has a price limit")
            .WithResponseExample(StatusCodes.Status201Created, Examples.Sent)
            .WithResponseExample(StatusCodes.Status200OK, Examples.SentBefore, "sent before")
            .WithResponseExample(StatusCodes.Status200OK, Examples.SentBeforeAndExpired, "sent before and expired meanwhile")
            .Adds(ResponseHeader.Quota, StatusCodes.Status201Created, StatusCodes.Status200OK)
            .Adds(ResponseHeader.QuotaPolicy, StatusCodes.Status201Created, StatusCodes.Status200OK)
            .Adds(ResponseHeader.Replayed, StatusCodes.Status200OK)
            .WithValidation<SendMessageCommand>()
            .ChecksMember("content", MessageErrors.Empty, MessageErrors.TooLong, MessageErrors.InvalidText)
            .Rejects(
                Examples.MessageNotCovered, Examples.ConsentRequired, ConversationErrors.NotFound, UserErrors.NotFound,
                ConversationErrors.RecipientUnavailable, MessageErrors.ClientIdReused);
        group.MapPost("/read", MarkRead).WithName("markRead")
            .WithRequestExample(Examples.ReadEverything, "everything")
            .WithRequestExample(Examples.ReadUpTo, "up to the newest of some")
            .WithResponseExample(StatusCodes.Status200OK, Examples.MarkedRead)
            .WithValidation<MarkReadCommand>()
            .Rejects(ConversationErrors.NotFound, MessageErrors.NotFound);
        group.MapGet("/quota", GetQuota).WithName("getQuota")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Quota)
            .Rejects(UserErrors.NotFound);
    }

    /// <summary>A page of a conversation, oldest first.</summary>
    /// <remarks>
    /// The newest messages, or those next to a place: a message, which may have expired, or a sequence, such as a participant's
    /// <c>lastReadSequence</c>. At most one of the four places is given. Pages are filled with visible messages, up to 1 MB of JSON: a page that is
    /// shorter for that says that there is more.
    /// </remarks>
    /// <param name="conversationId">A conversation of the caller's.</param>
    /// <param name="before">A message: the page ends right before it.</param>
    /// <param name="after">A message: the page begins right after it.</param>
    /// <param name="beforeSequence">A sequence: the page ends right before it. There need not be a message of that sequence.</param>
    /// <param name="afterSequence">A sequence: the page begins right after it; 0 for the oldest messages. There need not be a message of that sequence.</param>
    /// <param name="limit">How many a page has at most.</param>
    internal static async Task<Ok<MessagePageEnvelope>> GetPage(
        CanonicalId conversationId,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        CanonicalId? before = null,
        CanonicalId? after = null,
        StrictInteger<long>? beforeSequence = null,
        StrictInteger<long>? afterSequence = null,
        StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(
            new GetMessagesQuery(
                caller.UserId(),
                conversationId.Value,
                before?.Value,
                after?.Value,
                limit?.Value ?? PageLimit.Default,
                beforeSequence?.Value,
                afterSequence?.Value),
            cancellationToken);

        return TypedResults.Ok(new MessagePageEnvelope(page.Messages, page.Page));
    }

    /// <summary>Sends a message (201), or answers a repeated send with what the first one did (200).</summary>
    /// <remarks>
    /// Free while the day's quota lasts, then for points. The message, its number, the quota step and the charge are committed
    /// together or not at all; a rejected send consumes nothing.
    /// </remarks>
    /// <response code="201">The message is accepted; <c>charge</c> says what it cost.</response>
    /// <response code="200">It was sent before under the same <c>clientMessageId</c>; <c>charge</c> is that of the first time.</response>
    internal static async Task<Results<Created<SentEnvelope>, Ok<SentEnvelope>>> Send(
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
    internal static async Task<Ok<Envelope<MarkedRead>>> MarkRead(
        MarkReadRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new MarkReadCommand(caller.UserId(), request.ConversationId, request.MessageIds), cancellationToken)));

    /// <summary>Free messages left today, what the next one costs, and the balance.</summary>
    internal static async Task<Ok<Envelope<QuotaResponse>>> GetQuota(ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetQuotaQuery(caller.UserId()), cancellationToken)));
}

public sealed record SendMessageRequest
{
    /// <summary>A conversation of the caller's.</summary>
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
    /// <summary>A conversation of the caller's.</summary>
    public required Guid ConversationId { get; init; }

    /// <summary>1 to 500 messages; everything when left out.</summary>
    [Optional]
    public IReadOnlyList<Guid>? MessageIds { get; init; }
}
