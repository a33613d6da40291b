using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Media;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>The bytes of attachments, links to them, the attachments of a conversation, and the storage of users.</summary>
internal static class AttachmentEndpoints
{
    public static void MapAttachments(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/attachments").WithTags("Attachments").AddEndpointFilter<AttachmentsEnabled>()
            .ProducesErrors(MediaErrors.Disabled);
        group.MapGet("/{id}", Open).WithName("openAttachment").WithConcurrencyLimit(RequestKind.Download)
            .Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream")
            .Produces<Stream>(StatusCodes.Status206PartialContent, "application/octet-stream")
            .Produces(StatusCodes.Status304NotModified)
            .WithResponseHeaders(StatusCodes.Status200OK, AttachmentExamples.EntityTag, AttachmentExamples.Disposition)
            .WithResponseHeaders(StatusCodes.Status206PartialContent, AttachmentExamples.EntityTag, AttachmentExamples.ContentRange)
            .ProducesErrors(AttachmentErrors.NotFound)
            .ProducesErrors(MediaErrors.RangeNotSatisfiable, ApiProblem.AttachmentUnavailable, LimitErrors.Busy());
        group.MapPost("/links", CreateLinks).WithName("createMediaLinks").WithBufferedResponse()
            .WithRequestExample(AttachmentExamples.LinkRequest)
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Links);
        group.MapGet("/usage", GetUsage).WithName("getStorageUsage")
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Usage);
        api.MapGroup("/conversations/{id}/attachments").WithTags("Attachments").AddEndpointFilter<AttachmentsEnabled>()
            .ProducesErrors(MediaErrors.Disabled)
            .MapGet("/", List).WithName("listAttachments").WithBufferedResponse()
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Gallery)
            .ProducesErrors(ConversationErrors.NotFound);
    }

    public static void MapStorageLimit(this IEndpointRouteBuilder admin) =>
        admin.MapPut("/users/{id}/storage", SetLimit).WithName("setStorageLimit")
            .WithRequestExample(AttachmentExamples.SetLimit, "a limit for this user")
            .WithRequestExample(AttachmentExamples.ResetLimit, "back to the general limit")
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.LimitSet)
            .ProducesErrors(UserErrors.NotFound);

    /// <summary>Maps the path of links. It needs no token: the link says who asks.</summary>
    public static void MapMediaLinks(this IEndpointRouteBuilder app) =>
        app.MapGet(LinkText.Path, OpenLink)
            .AllowAnonymous()
            .AddEndpointFilter<AttachmentsEnabled>()
            .WithConcurrencyLimit(RequestKind.Download)
            .ExcludeFromDescription();

    /// <summary>Returns the bytes of an attachment that the caller sees, all or a range.</summary>
    /// <remarks>
    /// For attachments of messages that the caller sees, for avatars of users whose name the caller sees, and for the caller's own ones
    /// that are not sent. A download ends at the instant at which the message expires, and within 5 seconds after the message is deleted,
    /// the avatar is replaced or removed, or the session is revoked.
    /// </remarks>
    /// <param name="id">The attachment.</param>
    /// <param name="variant"><c>original</c>, or <c>thumbnail</c> for a small picture of an image.</param>
    /// <response code="200">The bytes. The media type is that of the attachment.</response>
    /// <response code="206">The bytes of the requested range.</response>
    /// <response code="304">The client has the bytes: <c>If-None-Match</c> names them.</response>
    internal static async Task Open(
        CanonicalId id,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        AttachmentDownload download,
        CancellationToken cancellationToken,
        [DefaultValue(AttachmentVariantName.Original)]
        [AllowedValues(AttachmentVariantName.Original, AttachmentVariantName.Thumbnail)]
        string? variant = null)
    {
        var name = variant ?? AttachmentVariantName.Original;
        var attachment = await mediator.Send(
            new OpenAttachmentQuery(caller.UserId(), new AttachmentId(id.Value), name), cancellationToken);
        await download.SendAsync(httpContext, caller, attachment, AttachmentVariantName.Find(name)!.Value);
    }

    /// <summary>Returns the bytes that a link leads to.</summary>
    internal static async Task OpenLink(
        ClaimsPrincipal viewer,
        HttpContext httpContext,
        IMediator mediator,
        AttachmentDownload download,
        CdnHeaders cdn,
        CancellationToken cancellationToken)
    {
        var link = MediaLinkAuthentication.LinkOf(httpContext) ?? throw new DomainException(AttachmentErrors.NotFound);
        var attachment = await mediator.Send(
            new OpenAttachmentQuery(link.ViewerId, link.AttachmentId, AttachmentVariantName.Of(link.Variant)), cancellationToken);
        if (link.ViewerId is null)
            cdn.Write(httpContext.Response, attachment.VisibleUntil < link.End ? attachment.VisibleUntil.Value : link.End);

        await download.SendAsync(httpContext, viewer, attachment, link.Variant);
    }

    /// <summary>Creates links to the bytes of attachments, for elements of a page that cannot send a token.</summary>
    /// <remarks>
    /// A link is for the caller only and expires in 5 to 10 minutes, with the message, and with the caller's session. If a CDN may keep the
    /// bytes, it is for all participants and does not depend on a session; one to an avatar is for the caller only in any case. Keep it as
    /// secret as a token. Attachments that the caller does not see are left out.
    /// </remarks>
    internal static async Task<Ok<Envelope<MediaLinksResponse>>> CreateLinks(
        MediaLinksRequest request,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        MediaAddresses addresses,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var visible = await mediator.Send(new CreateMediaLinksQuery(caller.UserId(), request.AttachmentIds), cancellationToken);

        return TypedResults.Ok(Envelope.Of(new MediaLinksResponse([.. visible.Select(Create)])));

        MediaLinkResponse Create(LinkedAttachment attachment)
        {
            var end = MediaLinks.EndOf(now, attachment.VisibleUntil);

            return new MediaLinkResponse(
                attachment.Id,
                AddressOf(AttachmentVariant.Original),
                attachment.HasThumbnail ? AddressOf(AttachmentVariant.Thumbnail) : null,
                end);

            string AddressOf(AttachmentVariant variant) => addresses.AddressOf(httpContext, caller, attachment, variant, end);
        }
    }

    /// <summary>Returns how much the caller stores, and can store.</summary>
    internal static async Task<Ok<Envelope<StorageUsageResponse>>> GetUsage(
        ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetStorageUsageQuery(caller.UserId()), cancellationToken)));

    /// <summary>Lists the attachments of the messages of a conversation that the caller sees, newest message first.</summary>
    /// <remarks>
    /// A page can be short, or empty, although there is a next one: a request reads a limited number of messages, expired ones included.
    /// The list ends where <c>nextCursor</c> is null.
    /// </remarks>
    /// <param name="id">A conversation of the caller.</param>
    /// <param name="kind">Only <c>file</c>, <c>image</c> or <c>voice</c>; all when left out. Use a cursor with the same kind.</param>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Ok<PageEnvelope<SentAttachment>>> List(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        [AllowedValues(AttachmentKindName.File, AttachmentKindName.Image, AttachmentKindName.Voice)]
        string? kind = null,
        string? cursor = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(
            new ListAttachmentsQuery(caller.UserId(), new ConversationId(id.Value), kind, cursor, limit?.Value ?? PageLimit.Default),
            cancellationToken);

        return TypedResults.Ok(new PageEnvelope<SentAttachment>(page.Attachments, page.Page));
    }

    /// <summary>Sets how much a user can store. Files that are already stored are kept.</summary>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<StorageUsageResponse>>> SetLimit(
        CanonicalId id, SetStorageLimitRequest request, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SetStorageLimitCommand(new UserId(id.Value), request.BytesLimit), cancellationToken)));
}

public sealed record MediaLinksRequest
{
    /// <summary>1 to 100 attachments.</summary>
    public required IReadOnlyList<Guid> AttachmentIds { get; init; }
}

/// <summary>The links to those of the requested attachments that the caller sees.</summary>
public sealed record MediaLinksResponse(IReadOnlyList<MediaLinkResponse> Links);

/// <param name="Url">The address of the bytes: a path on the origin of this request, or a URL of the media origin.</param>
/// <param name="ThumbnailUrl">The address of a small picture, in the same form as <c>url</c>; null if there is none.</param>
/// <param name="ExpiresAt">The instant from which the links no longer work.</param>
public sealed record MediaLinkResponse(Guid AttachmentId, string Url, string? ThumbnailUrl, DateTimeOffset ExpiresAt);

public sealed record SetStorageLimitRequest
{
    /// <summary>The limit in bytes, 0 to 1 TiB; null for the general limit.</summary>
    public required long? BytesLimit { get; init; }
}
