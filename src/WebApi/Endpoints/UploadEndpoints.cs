using System.Globalization;
using System.Security.Claims;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Media;
using CleanMessaging.WebApi.Requests;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Uploads of attachments: begin with JSON, send the bytes in parts by tus, then complete.</summary>
internal static class UploadEndpoints
{
    /// <summary>How long a part may take. What has arrived until then is kept.</summary>
    internal static readonly TimeSpan PartTime = TimeSpan.FromMinutes(10);

    public static void MapUploads(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/uploads").WithTags("Attachments")
            .AddEndpointFilter<TusProtocol>()
            .AddEndpointFilter<AttachmentsEnabled>()
            .ProducesErrors(MediaErrors.Disabled, MediaErrors.UnsupportedProtocol);
        group.MapPost("/", Begin).WithName("beginUpload")
            .WithRequestExample(AttachmentExamples.Begin, "a picture")
            .WithRequestExample(AttachmentExamples.BeginVoice, "a voice recording")
            .WithRequestExample(AvatarExamples.Begin, "an avatar")
            .WithResponseExample(StatusCodes.Status201Created, AttachmentExamples.Begun)
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Interrupted)
            .WithResponseHeaders(StatusCodes.Status201Created, AttachmentExamples.Location, AttachmentExamples.Offset)
            .WithResponseHeaders(StatusCodes.Status200OK, HeaderDescription.Replayed, AttachmentExamples.Offset)
            .WithIdempotencyKey("clientUploadId")
            .ProducesErrors(
                ConversationErrors.NotFound, AttachmentErrors.NotFound, AttachmentExamples.TooLarge, AttachmentExamples.TypeRejected,
                AttachmentExamples.StorageFull, AttachmentErrors.TooManyUploads, AttachmentExamples.TooManyUploadsToday,
                AttachmentErrors.ClientIdReused);
        group.MapGet("/{id}", Get).WithName("getUpload")
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Interrupted, "interrupted")
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Completed, "complete")
            .WithResponseHeaders(StatusCodes.Status200OK, AttachmentExamples.Offset, AttachmentExamples.Length)
            .ProducesErrors(AttachmentErrors.NotFound);
        group.MapPatch("/{id}", ReceivePart).WithName("receivePart").WithConcurrencyLimit(RequestKind.Upload)
            .WithMetadata(new ByteBody())
            .WithRequestHeader(AttachmentExamples.PartOffset)
            .WithResponseHeaders(StatusCodes.Status204NoContent, AttachmentExamples.Offset)
            .ProducesErrors(
                AttachmentErrors.NotFound, AttachmentExamples.OffsetMismatch, AttachmentExamples.TooLarge,
                AttachmentRequestErrors.PartTooLarge, AttachmentErrors.TooManyParts)
            .ProducesErrors(MediaErrors.NotBytes, RequestErrors.Compressed, ApiProblem.AttachmentUnavailable, LimitErrors.Busy());
        group.MapDelete("/{id}", Cancel).WithName("cancelUpload")
            .ProducesErrors(AttachmentErrors.NotFound, AttachmentErrors.AlreadySent, AttachmentErrors.InUse);
        group.MapPost("/{id}/complete", Complete).WithName("completeUpload").WithConcurrencyLimit(RequestKind.Inspection)
            .WithResponseExample(StatusCodes.Status200OK, AttachmentExamples.Ready)
            .ProducesErrors(
                AttachmentErrors.NotFound, AttachmentExamples.Incomplete, AttachmentErrors.ContentMismatch, AttachmentErrors.ImageTooLarge,
                AttachmentErrors.Infected, AttachmentExamples.StorageFull)
            .ProducesErrors(ApiProblem.AttachmentUnavailable, LimitErrors.Busy());
    }

    /// <summary>Begins the upload of an attachment (201), or returns the upload that began with the same id (200).</summary>
    /// <remarks>
    /// The steps of an upload: begin it, send the bytes to its address in parts, complete it, and send its id with a message before
    /// <c>bindBefore</c>, or make it the caller's avatar. The announced bytes count against the caller's storage from here on. The parts
    /// are sent with tus 1.0.0.
    /// </remarks>
    /// <response code="201">The upload begins at offset 0.</response>
    /// <response code="200">The upload has begun with an earlier request; it continues at <c>offset</c>.</response>
    internal static async Task<Results<Created<Envelope<UploadResponse>>, Ok<Envelope<UploadResponse>>>> Begin(
        BeginUploadRequest request,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var begun = await mediator.Send(
            new BeginUploadCommand(
                caller.UserId(),
                new ClientUploadId(request.ClientUploadId),
                request.ConversationId is { } conversationId ? new ConversationId(conversationId) : null,
                request.Kind,
                request.Name,
                request.Bytes,
                request.Description,
                request.Voice is { } voice ? new VoiceInput(voice.DurationMs, voice.Waveform) : null),
            cancellationToken);
        TusProtocol.SetOffset(httpContext, begun.Upload.Offset);
        var body = Envelope.Of(begun.Upload);
        if (!begun.Replayed)
            return TypedResults.Created($"{httpContext.Request.PathBase}/api/uploads/{begun.Upload.Id}", body);

        httpContext.MarkReplayed();

        return TypedResults.Ok(body);
    }

    /// <summary>Returns an upload of the caller, which says where it continues.</summary>
    /// <param name="id">The upload.</param>
    internal static async Task<Ok<Envelope<UploadResponse>>> Get(
        CanonicalId id, ClaimsPrincipal caller, HttpContext httpContext, IMediator mediator, CancellationToken cancellationToken)
    {
        var upload = await mediator.Send(new GetUploadQuery(caller.UserId(), new AttachmentId(id.Value)), cancellationToken);
        TusProtocol.SetOffset(httpContext, upload.Offset);
        httpContext.Response.Headers[UploadHeaders.Length] = upload.Bytes.ToString(CultureInfo.InvariantCulture);

        return TypedResults.Ok(Envelope.Of(upload));
    }

    /// <summary>Receives the next part of an upload.</summary>
    /// <remarks>
    /// A part begins at the upload's <c>offset</c> and has up to <c>chunkBytes</c> bytes. If the connection breaks off, the bytes that
    /// arrived are kept: ask for the new offset and continue there. Of two parts at the same offset, one is kept.
    /// </remarks>
    /// <param name="id">The upload.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <response code="204">The bytes are stored; the response says where the upload continues.</response>
    internal static async Task<NoContent> ReceivePart(
        CanonicalId id,
        [FromHeader(Name = UploadHeaders.Offset)] StrictInteger<long> offset,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        TransferPace pace,
        AttachmentUploads uploads)
    {
        // Not the token of the request: when the connection breaks off, bytes that arrived before can still be read.
        using var body = new CancellationTokenSource(PartTime);
        await using var part = pace.Measure(httpContext.Request.Body, httpContext.Request.ContentLength, httpContext, body);
        var received = await uploads.ReceiveAsync(
            caller.UserId(),
            new AttachmentId(id.Value),
            offset.Value,
            httpContext.Request.ContentLength,
            part,
            body.Token);
        TusProtocol.SetOffset(httpContext, received);

        return TypedResults.NoContent();
    }

    /// <summary>Cancels an upload that was not sent and is not the avatar, complete or not, and deletes its bytes.</summary>
    /// <param name="id">The upload.</param>
    /// <response code="204">The upload no longer exists.</response>
    internal static async Task<NoContent> Cancel(
        CanonicalId id, ClaimsPrincipal caller, AttachmentUploads uploads, CancellationToken cancellationToken)
    {
        await uploads.CancelAsync(caller.UserId(), new AttachmentId(id.Value), cancellationToken);

        return TypedResults.NoContent();
    }

    /// <summary>Completes an upload: the server inspects the bytes, and the attachment can be sent.</summary>
    /// <remarks>
    /// An image is turned upright and stored without its metadata, such as the place where it was taken. Of an avatar, only a small square
    /// around the center is stored. Bytes that are not what <c>kind</c> says are rejected for good. A repetition returns the same result.
    /// </remarks>
    /// <param name="id">The upload.</param>
    internal static async Task<Ok<Envelope<AttachmentResponse>>> Complete(
        CanonicalId id, ClaimsPrincipal caller, AttachmentUploads uploads, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await uploads.CompleteAsync(caller.UserId(), new AttachmentId(id.Value), cancellationToken)));
}

public sealed record BeginUploadRequest
{
    /// <summary>An id that the client generates. A retry with the same id returns the same upload.</summary>
    public required Guid ClientUploadId { get; init; }

    /// <summary>
    /// The conversation in which the attachment will be sent; the caller is a participant. Required, except for an avatar, which must not
    /// have one.
    /// </summary>
    [Optional]
    public Guid? ConversationId { get; init; }

    /// <summary>
    /// <c>file</c>, <c>image</c> (JPEG, PNG, WebP or GIF), <c>voice</c> (WebM or Ogg with Opus, MP4 with AAC or Opus) or <c>avatar</c> (an
    /// image).
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>1 to 200 characters (Unicode code points), without slashes and control characters.</summary>
    public required string Name { get; init; }

    /// <summary>The number of bytes, 1 or more.</summary>
    public required long Bytes { get; init; }

    /// <summary>The alternative text for people who do not see the attachment, 1 to 500 characters; none when left out.</summary>
    [Optional]
    public string? Description { get; init; }

    /// <summary>What the recorder knows of a voice recording; left out for other kinds.</summary>
    [Optional]
    public VoiceRequest? Voice { get; init; }
}

public sealed record VoiceRequest
{
    /// <summary>The duration in milliseconds, 300 to 600,000.</summary>
    public required int DurationMs { get; init; }

    /// <summary>The loudness over time: 1 to 100 values, each 0 to 100.</summary>
    public required IReadOnlyList<int> Waveform { get; init; }
}
