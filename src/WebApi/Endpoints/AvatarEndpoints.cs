using System.Security.Claims;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Media;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>The caller's avatar. It is uploaded and read as other attachments are.</summary>
internal static class AvatarEndpoints
{
    public static void MapAvatar(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/users/avatar").WithTags("Users").AddEndpointFilter<AttachmentsEnabled>()
            .ProducesErrors(MediaErrors.Disabled);
        group.MapPut("/", Set).WithName("setAvatar")
            .WithRequestExample(AvatarExamples.Set)
            .WithResponseExample(StatusCodes.Status200OK, AvatarExamples.WithAvatar)
            .ProducesErrors(AttachmentErrors.NotFound, AttachmentErrors.NotAvatar, AttachmentErrors.NotReady);
        group.MapDelete("/", Remove).WithName("removeAvatar")
            .WithResponseExample(StatusCodes.Status200OK, AvatarExamples.WithoutAvatar);
    }

    /// <summary>Makes an upload of the kind <c>avatar</c> the caller's avatar, and returns the caller.</summary>
    /// <remarks>
    /// Upload the picture like any attachment, without <c>conversationId</c>, and set it before <c>bindBefore</c>. Every user who sees the
    /// caller's name can download it like an attachment. The previous avatar is removed at once. A repetition has no effect.
    /// </remarks>
    internal static async Task<Ok<Envelope<UserResponse>>> Set(
        SetAvatarRequest request, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SetAvatarCommand(caller.UserId(), new AttachmentId(request.AttachmentId)), cancellationToken)));

    /// <summary>Removes the caller's avatar, if there is one, and returns the caller.</summary>
    internal static async Task<Ok<Envelope<UserResponse>>> Remove(
        ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new RemoveAvatarCommand(caller.UserId()), cancellationToken)));
}

public sealed record SetAvatarRequest
{
    /// <summary>An upload of the caller of the kind <c>avatar</c>, which is complete.</summary>
    public required Guid AttachmentId { get; init; }
}
