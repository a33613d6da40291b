using System.ComponentModel;
using System.Security.Claims;
using CleanMessaging.Application.Administration;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Retention;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>The purge of expired messages, and the record of what Admins have done.</summary>
internal static class RetentionEndpoints
{
    public static void MapRetention(this IEndpointRouteBuilder admin)
    {
        admin.MapPost("/messages/purge", Purge).WithName("purgeExpiredMessages").AddEndpointFilter<PurgeLog>()
            .WithRequestExample(RetentionExamples.Purge)
            .WithResponseExample(StatusCodes.Status200OK, RetentionExamples.Purged, "more is left")
            .WithResponseExample(StatusCodes.Status200OK, RetentionExamples.PurgedLast, "nothing is left")
            .ProducesErrors(RetentionExamples.TooRecent);
        admin.MapGet("/actions", ListActions).WithName("listAdminActions")
            .WithResponseExample(StatusCodes.Status200OK, RetentionExamples.Actions);
    }

    /// <summary>Erases the contents of a batch of expired messages, the oldest first. This cannot be undone.</summary>
    /// <remarks>
    /// Texts, earlier texts, reactions and attachments are erased. The messages keep their numbers, times and charges, so nothing that
    /// users see changes. Call again with the same body until <c>isDone</c> is true. A batch is erased completely or not at all, and each
    /// one is recorded: see <c>GET /api/admin/actions</c>. A message that is in use at that moment is left for a later call: wait a second
    /// if <c>purged</c> is 0 and <c>isDone</c> is false. The server keeps contents for a configured time after the expiry, 30 days by
    /// default.
    /// </remarks>
    internal static async Task<Ok<Envelope<PurgedMessages>>> Purge(
        PurgeRequest request, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new PurgeExpiredMessagesCommand(
                caller.UserId(), request.ExpiredBefore, request.AtMost ?? RetentionPolicy.PurgeDefault, request.Reason),
            cancellationToken)));

    /// <summary>Lists what Admins have done, newest first: purges of expired messages.</summary>
    /// <remarks>Changes of points are in the ledger of each user.</remarks>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Ok<PageEnvelope<AdminActionResponse>>> ListActions(
        IMediator mediator,
        CancellationToken cancellationToken,
        string? cursor = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(new ListAdminActionsQuery(cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return TypedResults.Ok(new PageEnvelope<AdminActionResponse>(page.Actions, page.Page));
    }
}

public sealed record PurgeRequest
{
    /// <summary>
    /// The time before which the messages expired. It is not in the future, and at least as long ago as the server keeps the contents of
    /// expired messages.
    /// </summary>
    public required DateTimeOffset ExpiredBefore { get; init; }

    /// <summary>The maximum number of messages of this call, 1 to 5000; 1000 when left out. Large contents make it fewer.</summary>
    [Optional]
    public int? AtMost { get; init; }

    /// <summary>The reason, 1 to 500 characters. It is recorded.</summary>
    public required string Reason { get; init; }
}
