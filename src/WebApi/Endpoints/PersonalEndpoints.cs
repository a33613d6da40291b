using System.Security.Claims;
using CleanMessaging.Application.Conversations;
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

/// <summary>The operations by which users change what they themselves see of a conversation.</summary>
internal static class PersonalEndpoints
{
    public static void MapPersonal(this IEndpointRouteBuilder conversations)
    {
        conversations.MapPut("/{id}/archive", Archive).WithName("archiveConversation")
            .WithRequestExample(PersonalExamples.Archive, "until the next message")
            .WithRequestExample(PersonalExamples.ArchiveForever, "forever")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Archived, "archived")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.NotArchived, "there is a newer message")
            .ProducesErrors(ConversationErrors.NotFound);
        conversations.MapDelete("/{id}/archive", Unarchive).WithName("unarchiveConversation")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Restored)
            .ProducesErrors(ConversationErrors.NotFound);
        conversations.MapPut("/{id}/mute", Mute).WithName("muteConversation")
            .WithRequestExample(PersonalExamples.Mute, "until a time")
            .WithRequestExample(PersonalExamples.MuteForever, "forever")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Muted)
            .ProducesErrors(ConversationErrors.MuteInThePast, ConversationErrors.NotFound);
        conversations.MapDelete("/{id}/mute", Unmute).WithName("unmuteConversation")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Restored)
            .ProducesErrors(ConversationErrors.NotFound);
        conversations.MapPut("/{id}/pin", Pin).WithName("pinConversation")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Pinned)
            .ProducesErrors(ConversationErrors.NotFound, ConversationErrors.TooManyPinned);
        conversations.MapDelete("/{id}/pin", Unpin).WithName("unpinConversation")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Restored)
            .ProducesErrors(ConversationErrors.NotFound);
        conversations.MapPost("/{id}/clear", Clear).WithName("clearConversation")
            .WithRequestExample(PersonalExamples.Through)
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Cleared)
            .ProducesErrors(ConversationErrors.NotFound);
        conversations.MapPost("/{id}/delete", Delete).WithName("deleteConversation")
            .WithRequestExample(PersonalExamples.Through)
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Deleted, "deleted")
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.OnlyCleared, "there is a newer message")
            .ProducesErrors(ConversationErrors.NotFound);
    }

    public static void MapHide(this IEndpointRouteBuilder messages) =>
        messages.MapPost("/hide", Hide).WithName("hideMessages")
            .WithRequestExample(PersonalExamples.Hide)
            .WithResponseExample(StatusCodes.Status200OK, PersonalExamples.Hidden)
            .ProducesErrors(ConversationErrors.NotFound, MessageErrors.NotFound, ConversationErrors.TooManyHidden);

    /// <summary>Moves a conversation to the caller's archive, and unpins it.</summary>
    /// <remarks>
    /// A message after <c>throughSequence</c> moves it back, unless <c>forever</c> is true. If there is such a message already, nothing
    /// changes: a conversation in the inbox stays there, with <c>archived</c> false. The other participant does not see it.
    /// </remarks>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Archive(
        CanonicalId id,
        ArchiveRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new ArchiveConversationCommand(
                caller.UserId(), new ConversationId(id.Value), request.ThroughSequence, request.Forever ?? false),
            cancellationToken)));

    /// <summary>Moves a conversation from the caller's archive back to the inbox.</summary>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Unarchive(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new UnarchiveConversationCommand(caller.UserId(), new ConversationId(id.Value)), cancellationToken)));

    /// <summary>Mutes a conversation for the caller.</summary>
    /// <remarks>
    /// Its messages still count as unread. Clients show no notifications of it. The other participant does not see it.
    /// </remarks>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Mute(
        CanonicalId id,
        MuteRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new MuteConversationCommand(caller.UserId(), new ConversationId(id.Value), request.Until), cancellationToken)));

    /// <summary>Unmutes a conversation for the caller.</summary>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Unmute(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new UnmuteConversationCommand(caller.UserId(), new ConversationId(id.Value)), cancellationToken)));

    /// <summary>Pins a conversation for the caller, and takes it out of the archive. A user can pin 10 conversations.</summary>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Pin(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new PinConversationCommand(caller.UserId(), new ConversationId(id.Value)), cancellationToken)));

    /// <summary>Unpins a conversation for the caller.</summary>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Unpin(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new UnpinConversationCommand(caller.UserId(), new ConversationId(id.Value)), cancellationToken)));

    /// <summary>Clears the messages of a conversation up to a sequence for the caller.</summary>
    /// <remarks>
    /// The other participant still sees them. The read pointer does not move. It cannot be undone. Messages after <c>throughSequence</c>
    /// stay. A sequence before an earlier <c>clearedThrough</c> changes nothing.
    /// </remarks>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Clear(
        CanonicalId id,
        ThroughRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new ClearConversationCommand(caller.UserId(), new ConversationId(id.Value), request.ThroughSequence), cancellationToken)));

    /// <summary>Deletes a conversation for the caller: clears it, and takes it out of every list until the next message.</summary>
    /// <remarks>
    /// The other participant still sees it. It cannot be undone. If there is a message after <c>throughSequence</c>, the conversation is
    /// only cleared up to that sequence: it stays in the lists, with <c>deleted</c> false.
    /// </remarks>
    /// <param name="id">The conversation.</param>
    internal static async Task<Ok<Envelope<PersonalState>>> Delete(
        CanonicalId id,
        ThroughRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new DeleteConversationCommand(caller.UserId(), new ConversationId(id.Value), request.ThroughSequence), cancellationToken)));

    /// <summary>Hides messages for the caller, sent and received ones.</summary>
    /// <remarks>The other participant still sees them. A user can hide 5000 messages of a conversation. It cannot be undone.</remarks>
    internal static async Task<Ok<Envelope<HiddenMessages>>> Hide(
        HideRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new HideMessagesCommand(caller.UserId(), new ConversationId(request.ConversationId), request.MessageIds), cancellationToken)));
}

public sealed record ArchiveRequest
{
    /// <summary>The newest message that the caller saw, 0 for an empty conversation. A newer one keeps it out of the archive.</summary>
    public required long ThroughSequence { get; init; }

    /// <summary>Whether the conversation stays in the archive when messages arrive; false when left out.</summary>
    [Optional]
    public bool? Forever { get; init; }
}

public sealed record MuteRequest
{
    /// <summary>A time in the future; the conversation is muted forever when left out.</summary>
    [Optional]
    public DateTimeOffset? Until { get; init; }
}

/// <param name="ThroughSequence">The newest message that the caller saw, 0 or more.</param>
public sealed record ThroughRequest(long ThroughSequence);

/// <param name="ConversationId">A conversation of the caller's.</param>
/// <param name="MessageIds">1 to 100 messages of the conversation.</param>
public sealed record HideRequest(Guid ConversationId, IReadOnlyList<Guid> MessageIds);
