using System.ComponentModel;
using System.Security.Claims;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
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

internal static class MessageEndpoints
{
    public static readonly DomainError[] ContentErrors = [MessageErrors.Empty, MessageErrors.TooLong, MessageErrors.InvalidText];

    /// <summary>Maps all operations on messages, in the order in which Swagger UI shows them.</summary>
    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/messages").WithTags("Messages");
        group.MapGet("/", GetPage).WithName("getMessages").WithBufferedResponse()
            .WithResponseExample(StatusCodes.Status200OK, QuoteExamples.Page)
            .ProducesErrors(MessageErrors.InvalidCursor, ConversationErrors.NotFound);
        group.MapSend();
        group.MapMessageChanges();
        group.MapReactions();
        group.MapEarlierExpiry();
        group.MapHide();
        group.MapPost("/read", MarkRead).WithName("markRead")
            .WithRequestExample(Examples.ReadEverything, "everything")
            .WithRequestExample(Examples.ReadUpTo, "up to the newest of several messages")
            .WithResponseExample(StatusCodes.Status200OK, Examples.MarkedRead)
            .ProducesErrors(ConversationErrors.NotFound, MessageErrors.NotFound);
        group.MapPost("/played", MarkPlayed).WithName("markPlayed")
            .WithRequestExample(SentAttachmentExamples.Play)
            .WithResponseExample(StatusCodes.Status200OK, SentAttachmentExamples.Played)
            .ProducesErrors(MessageErrors.NotPlayable, MessageErrors.NotFound);
        group.MapGet("/lookup", LookUp).WithName("lookUpMessages").WithBufferedResponse()
            .WithResponseExample(StatusCodes.Status200OK, QuoteExamples.Found)
            .ProducesErrors(ConversationErrors.NotFound);
        group.MapSearch();
        group.MapGet("/quota", GetQuota).WithName("getQuota")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Quota)
            .ProducesErrors(UserErrors.NotFound);
    }

    private static void MapSend(this IEndpointRouteBuilder messages) =>
        messages.MapPost("/send", Send).WithName("sendMessage").WithConcurrencyLimit(RequestKind.Send)
            .WithRequestExample(Examples.ShortMessage, "a message")
            .WithRequestExample(Examples.FullMessage, "with expiry, client message id, price limit and a reply")
            .WithRequestExample(SentAttachmentExamples.Send, "a picture without text")
            .WithResponseExample(StatusCodes.Status201Created, Examples.Sent)
            .WithResponseExample(StatusCodes.Status201Created, SentAttachmentExamples.Sent, "a picture")
            .WithResponseExample(StatusCodes.Status200OK, Examples.SentBefore, "sent before")
            .WithResponseExample(StatusCodes.Status200OK, Examples.SentBeforeAndExpired, "already sent, and expired since")
            .WithResponseHeaders(StatusCodes.Status201Created, HeaderDescription.Quota, HeaderDescription.QuotaPolicy)
            .WithResponseHeaders(
                StatusCodes.Status200OK, HeaderDescription.Quota, HeaderDescription.QuotaPolicy, HeaderDescription.Replayed)
            .WithMemberErrors("content", ContentErrors)
            .WithIdempotencyKey("clientMessageId")
            .ProducesErrors(
                MessageErrors.ReplyOutOfRange, MessageErrors.VoiceWithOthers, Examples.MessageNotCovered, Examples.ConsentRequired,
                ConversationErrors.NotFound, AttachmentErrors.NotFound, UserErrors.NotFound, ConversationErrors.RecipientUnavailable,
                AttachmentErrors.NotReady, AttachmentErrors.AlreadySent, MessageErrors.ClientIdReused);

    /// <summary>Lists a page of a conversation's messages, oldest first.</summary>
    /// <remarks>
    /// Returns the newest messages, or those next to an anchor: a message, which may have expired, or a sequence, such as a participant's
    /// <c>lastReadSequence</c>; or those around a sequence, such as a reply's <c>replyToSequence</c>. Send at most one of the five anchors.
    /// A page contains only visible messages, up to 1 MB of JSON. <c>hasMoreBefore</c> and <c>hasMoreAfter</c> say whether there are more,
    /// also when the size limit has cut the page. <c>quoted</c> has the messages that the page's messages reply to.
    /// </remarks>
    /// <param name="conversationId">A conversation of the caller.</param>
    /// <param name="before">A message: the page ends right before it.</param>
    /// <param name="after">A message: the page begins right after it.</param>
    /// <param name="beforeSequence">A sequence: the page ends right before it. A message with this sequence need not exist.</param>
    /// <param name="afterSequence">
    /// A sequence: the page begins right after it; 0 for the oldest messages. A message with this sequence need not exist.
    /// </param>
    /// <param name="around">
    /// A sequence: the page has the nearest messages on both sides, including its own. A message with this sequence need not exist.
    /// </param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Ok<MessagePageEnvelope>> GetPage(
        CanonicalId conversationId,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        CanonicalId? before = null,
        CanonicalId? after = null,
        StrictInteger<long>? beforeSequence = null,
        StrictInteger<long>? afterSequence = null,
        StrictInteger<long>? around = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(
            new GetMessagesQuery(
                caller.UserId(),
                new ConversationId(conversationId.Value),
                (MessageId?)before?.Value,
                (MessageId?)after?.Value,
                limit?.Value ?? PageLimit.Default,
                beforeSequence?.Value,
                afterSequence?.Value,
                around?.Value),
            cancellationToken);

        return TypedResults.Ok(new MessagePageEnvelope(page.Messages, page.Page, page.Deleted, page.Quoted));
    }

    /// <summary>Lists messages by their sequences, for example those that replies refer to.</summary>
    /// <remarks>
    /// <c>data</c> has the messages that the caller sees, oldest first. A message that has expired, was deleted, was hidden or never
    /// existed is neither in <c>data</c> nor in <c>omitted</c>, and the response does not say which of these is the case. <c>omitted</c>
    /// has the sequences of messages that the caller sees, but that did not fit into 1 MB of JSON: look them up again.
    /// </remarks>
    /// <param name="conversationId">A conversation of the caller.</param>
    /// <param name="sequences">1 to 50 different sequences, separated by commas, each of them 1 or more.</param>
    internal static async Task<Ok<FoundMessagesEnvelope>> LookUp(
        CanonicalId conversationId,
        SequenceList sequences,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var found = await mediator.Send(
            new LookUpMessagesQuery(caller.UserId(), new ConversationId(conversationId.Value), sequences.Values), cancellationToken);

        return TypedResults.Ok(new FoundMessagesEnvelope(found.Messages, found.Omitted));
    }

    /// <summary>Sends a message (201), or returns the result of the first send for a repetition (200).</summary>
    /// <remarks>
    /// A message is free within the daily quota; further messages cost points. Attachments cost nothing. The message, its sequence, its
    /// attachments, the quota and the charge are committed in one transaction; a rejected send changes nothing.
    /// </remarks>
    /// <response code="201">The message was accepted; <c>charge</c> contains its price.</response>
    /// <response code="200">
    /// The message was already sent with the same <c>clientMessageId</c>; <c>charge</c> is that of the first send.
    /// </response>
    internal static async Task<Results<Created<SentEnvelope>, Ok<SentEnvelope>>> Send(
        SendMessageRequest request,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var sent = await mediator.Send(
            new SendMessageCommand(
                caller.UserId(),
                new ConversationId(request.ConversationId),
                request.Content,
                request.ExpirationHours,
                (ClientMessageId?)request.ClientMessageId,
                request.MaxPoints,
                request.NeverExpires ?? false,
                request.ReplyToSequence,
                request.AttachmentIds?.Select(id => new AttachmentId(id)).ToList()),
            cancellationToken);
        var body = new SentEnvelope(sent.Message, sent.Charge);
        QuotaHeaders.Write(httpContext, sent.Quota);
        if (!sent.Replayed)
            return TypedResults.Created((string?)null, body);

        httpContext.MarkReplayed();

        return TypedResults.Ok(body);
    }

    /// <summary>Marks messages as read: up to the newest of the given messages, or all messages.</summary>
    internal static async Task<Ok<Envelope<MarkedRead>>> MarkRead(
        MarkReadRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new MarkReadCommand(caller.UserId(), new ConversationId(request.ConversationId), request.MessageIds), cancellationToken)));

    /// <summary>Records that the caller has played a voice message, and returns when its receiver first played it.</summary>
    /// <remarks>
    /// The first time counts; repetitions and the sender's own playing change nothing. A played message need not be read.
    /// </remarks>
    internal static async Task<Ok<Envelope<MarkedPlayed>>> MarkPlayed(
        MarkPlayedRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new MarkPlayedCommand(caller.UserId(), new ConversationId(request.ConversationId), new MessageId(request.MessageId)),
            cancellationToken)));

    /// <summary>Returns the free messages left today, the price of further messages, and the balance.</summary>
    internal static async Task<Ok<Envelope<QuotaResponse>>> GetQuota(
        ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetQuotaQuery(caller.UserId()), cancellationToken)));
}

public sealed record SendMessageRequest
{
    /// <summary>A conversation of the caller's.</summary>
    public required Guid ConversationId { get; init; }

    /// <summary>1 to 5000 characters (Unicode code points), stored exactly as sent; may be empty with attachments.</summary>
    public required string Content { get; init; }

    /// <summary>Hours until the message expires, 1 to 8760; the conversation's default when left out.</summary>
    [Optional]
    public int? ExpirationHours { get; init; }

    /// <summary>
    /// Whether the message never expires, also if the conversation has a default expiration. Cannot be combined with
    /// <c>expirationHours</c>.
    /// </summary>
    [Optional]
    public bool? NeverExpires { get; init; }

    /// <summary>
    /// An id that the client generates. It makes the send idempotent: a retry with the same id at any later time does not send again.
    /// </summary>
    [Optional]
    public Guid? ClientMessageId { get; init; }

    /// <summary>The highest price that the sender agrees to pay, in points; any price when left out.</summary>
    [Optional]
    public long? MaxPoints { get; init; }

    /// <summary>
    /// The sequence of the message that this one replies to, 1 to that of the newest message of the conversation; no reply when left out.
    /// The other message may have expired or been deleted.
    /// </summary>
    [Optional]
    public long? ReplyToSequence { get; init; }

    /// <summary>
    /// Up to 10 different attachments, in the order in which they are shown: uploads of the caller in this conversation that are complete
    /// and not sent yet. A voice message is the only attachment of its message.
    /// </summary>
    [Optional]
    public IReadOnlyList<Guid>? AttachmentIds { get; init; }
}

public sealed record MarkReadRequest
{
    /// <summary>A conversation of the caller's.</summary>
    public required Guid ConversationId { get; init; }

    /// <summary>1 to 500 messages; all messages when left out.</summary>
    [Optional]
    public IReadOnlyList<Guid>? MessageIds { get; init; }
}

public sealed record MarkPlayedRequest
{
    /// <summary>A conversation of the caller's.</summary>
    public required Guid ConversationId { get; init; }

    /// <summary>A voice message of this conversation.</summary>
    public required Guid MessageId { get; init; }
}
