using System.Security.Claims;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Requests;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Media;

/// <summary>Sends the bytes of attachments. A response that has begun and must not continue ends with its connection.</summary>
internal sealed partial class AttachmentDownload(
    IAttachmentStore store, IMediator mediator, DownloadGuard guard, TransferPace pace, ILogger<AttachmentDownload> logger)
{
    /// <summary>The size of the chunks that are decrypted, and the memory that a download uses.</summary>
    private const int BufferBytes = 64 * 1024;

    private const string AvatarName = "avatar.webp";

    /// <exception cref="RequestRejectedException"><c>attachment.range_not_satisfiable</c></exception>
    public async Task SendAsync(HttpContext httpContext, ClaimsPrincipal viewer, OpenedAttachment attachment, AttachmentVariant variant)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var total = attachment.Stored.Length;
        var tag = new EntityTagHeaderValue($"\"{attachment.Id}-{AttachmentVariantName.Of(variant)}\"");
        SecurityHeaders.ForAttachment(httpContext);
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = tag.ToString();
        if (request.GetTypedHeaders().IfNoneMatch.Any(
            known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var range = ByteRange.Of(request, total, tag, out var isSatisfiable);
        if (!isSatisfiable)
        {
            MediaErrors.SetContentRange(httpContext, total);
            throw new RequestRejectedException(MediaErrors.RangeNotSatisfiable);
        }

        var (offset, length) = range ?? new ByteRange(0, total);
        if (range is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = new ContentRangeHeaderValue(offset, offset + length - 1, total).ToString();
        }

        response.ContentType = attachment.ContentType;
        response.ContentLength = length;
        response.Headers.ContentDisposition = DispositionOf(attachment);
        if (!HeadRequests.IsHead(httpContext))
            await CopyAsync(httpContext, viewer, attachment, offset, length);
    }

    /// <summary>
    /// Returns the disposition: only images and recordings, which the server has recognized, may be shown in place. The name is encoded
    /// (RFC 8187), so that none of its characters has a meaning in the header. Users who see an avatar do not learn the name of its file.
    /// </summary>
    private static string DispositionOf(OpenedAttachment attachment)
    {
        var name = attachment.Kind == AttachmentKind.Avatar ? AvatarName : attachment.Name;

        return $"{(attachment.Kind == AttachmentKind.File ? "attachment" : "inline")}; filename*=UTF-8''{Uri.EscapeDataString(name)}";
    }

    private async Task CopyAsync(HttpContext httpContext, ClaimsPrincipal viewer, OpenedAttachment attachment, long offset, long length)
    {
        // Before the first byte, so that an error still gets its response.
        await using var content = await OpenAsync(httpContext, viewer, attachment, offset, length);
        using var download = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        var watch = guard.WatchAsync(viewer, attachment, download);
        await using var paced = pace.Measure(content, length, httpContext, download);
        try
        {
            await paced.CopyToAsync(httpContext.Response.Body, BufferBytes, download.Token);
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or AttachmentCorruptException or AttachmentUnavailableException)
        {
            if (!httpContext.RequestAborted.IsCancellationRequested)
                Log.Ended(logger, attachment.Id, ReasonOf(exception, paced));

            httpContext.Abort();
            if (exception is AttachmentCorruptException corrupt)
                await LogCorruptUnlessDeletedAsync(corrupt, viewer, attachment.Id);
        }
        finally
        {
            await download.CancelAsync();
            await watch;
        }
    }

    private static string ReasonOf(Exception exception, PacedStream paced) => exception switch
    {
        AttachmentCorruptException => "the stored object is missing or damaged",
        AttachmentUnavailableException => "the storage is not available",
        _ when paced.IsTooSlow => "the client reads too slowly",
        _ => "access has ended or could not be verified",
    };

    /// <exception cref="DomainException"><c>attachment.not_found</c></exception>
    private async Task<Stream> OpenAsync(
        HttpContext httpContext, ClaimsPrincipal viewer, OpenedAttachment attachment, long offset, long length)
    {
        try
        {
            return await store.OpenReadAsync(
                attachment.Id, attachment.EncryptedKey, attachment.Stored, offset, length, httpContext.RequestAborted);
        }
        catch (AttachmentCorruptException)
        {
            // The attachment may have been deleted, with its object, after it was found.
            if (await IsVisibleAsync(viewer, attachment.Id))
                throw;

            throw new DomainException(AttachmentErrors.NotFound);
        }
    }

    /// <summary>Logs a damaged object, unless it may be one of an attachment that was deleted during the download.</summary>
    private async Task LogCorruptUnlessDeletedAsync(AttachmentCorruptException corrupt, ClaimsPrincipal viewer, AttachmentId attachmentId)
    {
        try
        {
            if (await IsVisibleAsync(viewer, attachmentId))
                CorruptAttachmentLog.Write(logger, corrupt);
        }
        catch (StorageUnavailableException)
        {
            // The next download of the object finds out.
        }
    }

    private async Task<bool> IsVisibleAsync(ClaimsPrincipal viewer, AttachmentId attachmentId)
    {
        // Without a viewer for a link that is for all participants.
        UserId? viewerId = viewer.FindUserId() is null ? null : viewer.UserId();

        return (await mediator.Send(new CheckAttachmentVisibleQuery(viewerId, attachmentId), CancellationToken.None)).IsVisible;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The download of attachment {AttachmentId} was cut off, and its connection closed: {Reason}")]
        public static partial void Ended(ILogger logger, Guid attachmentId, string reason);
    }
}
