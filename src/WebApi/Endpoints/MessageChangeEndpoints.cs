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

/// <summary>Edits and deletions for everyone.</summary>
internal static class MessageChangeEndpoints
{
    public static void MapMessageChanges(this IEndpointRouteBuilder messages)
    {
        messages.MapPut("/{id}/content", Edit).WithName("editMessage")
            .WithRequestExample(MessageChangeExamples.Edit)
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.Edited)
            .WithResponseHeaders(StatusCodes.Status200OK, HeaderDescription.Replayed)
            .WithMemberErrors("content", MessageEndpoints.ContentErrors)
            .ProducesErrors(
                MessageErrors.Empty, MessageErrors.NotFound, MessageErrors.NotYours, MessageChangeExamples.EditConflict,
                MessageChangeExamples.EditWindowOver, MessageChangeExamples.TooManyEdits);
        messages.MapDelete("/{id}", Delete).WithName("deleteMessage")
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.Deleted)
            .ProducesErrors(MessageErrors.NotFound, MessageErrors.NotYours, MessageChangeExamples.DeleteWindowOver);
        messages.MapGet("/{id}/versions", GetVersions).WithName("getMessageVersions")
            .WithResponseExample(StatusCodes.Status200OK, MessageChangeExamples.Versions)
            .ProducesErrors(MessageErrors.NotFound, MessageErrors.HistoryHidden);
    }

    /// <summary>Replaces the text of one's own message.</summary>
    /// <remarks>
    /// Possible for 15 minutes and 10 times, if the server is not configured otherwise. It costs nothing, and changes neither the order nor
    /// the unread count. Both participants see that the message was edited. <c>version</c> is the one that the user saw: if another edit
    /// was faster, nothing changes (409). The text that the message already has changes nothing and does not count as an edit. A repetition
    /// after a lost response returns the message (<c>Idempotency-Replayed: true</c>).
    /// </remarks>
    /// <param name="id">A message that the caller sent.</param>
    internal static async Task<Ok<Envelope<MessageResponse>>> Edit(
        CanonicalId id,
        EditMessageRequest request,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var edited = await mediator.Send(
            new EditMessageCommand(caller.UserId(), new MessageId(id.Value), request.Content, request.Version), cancellationToken);
        if (edited.Replayed)
            httpContext.MarkReplayed();

        return TypedResults.Ok(Envelope.Of(edited.Message));
    }

    /// <summary>Lists the texts that a message has had, oldest first, the current one included.</summary>
    /// <param name="id">A message of a conversation of the caller.</param>
    internal static async Task<Ok<Envelope<IReadOnlyList<MessageVersionResponse>>>> GetVersions(
        CanonicalId id, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new GetMessageVersionsQuery(caller.UserId(), new MessageId(id.Value)), cancellationToken)));

    /// <summary>Deletes one's own message for everyone.</summary>
    /// <remarks>
    /// Possible for 48 hours, if the server is not configured otherwise. The text, its earlier versions and the attachments are erased at
    /// once; both participants see that a message was deleted. Also possible for a message that the caller has hidden or cleared; then only
    /// the other participant sees that it was deleted. Nothing is refunded. A repetition returns the same result.
    /// </remarks>
    /// <param name="id">A message that the caller sent.</param>
    internal static async Task<Ok<Envelope<Tombstone>>> Delete(
        CanonicalId id, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new DeleteMessageCommand(caller.UserId(), new MessageId(id.Value)), cancellationToken)));
}

public sealed record EditMessageRequest
{
    /// <summary>
    /// The new text: 1 to 5000 characters (Unicode code points), stored exactly as written; may be empty if the message has attachments.
    /// </summary>
    public required string Content { get; init; }

    /// <summary>The <c>version</c> of the message that the user saw, 0 or more.</summary>
    public required int Version { get; init; }
}
