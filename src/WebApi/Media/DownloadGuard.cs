using System.Security.Claims;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Authentication;
using MediatR;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// Watches downloads: each ends at the instant at which its attachment expires, and within 5 seconds after its message is deleted, its
/// session is revoked, or its viewer is deactivated.
/// </summary>
internal sealed class DownloadGuard(
    IMediator mediator, RevokedSessionCache revokedSessions, AccessVersions versions, TimeProvider clock)
{
    /// <summary>
    /// How often access is verified. The deadline of the query and the poll for revoked sessions take the rest of the 5 seconds.
    /// </summary>
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(2);

    /// <summary>Cancels a download when its viewer no longer has access. Returns when the download has ended.</summary>
    /// <param name="download">Canceled by this method, or when the download ends.</param>
    public async Task WatchAsync(ClaimsPrincipal viewer, OpenedAttachment attachment, CancellationTokenSource download)
    {
        try
        {
            while (attachment.VisibleUntil - clock.GetUtcNow() is var rest && !(rest <= TimeSpan.Zero))
            {
                await Task.Delay(rest < _interval ? rest.Value : _interval, clock, download.Token);

                // At the instant itself no query is needed.
                if (!(attachment.VisibleUntil <= clock.GetUtcNow()) && !await HasAccessAsync(viewer, attachment.Id))
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // The download has ended.
            return;
        }

        await download.CancelAsync();
    }

    private async Task<bool> HasAccessAsync(ClaimsPrincipal viewer, AttachmentId attachmentId)
    {
        if ((viewer.SessionId() is { } sessionId && revokedSessions.Contains(sessionId)) || versions.IsOutdated(viewer))
            return false;

        try
        {
            return await mediator.Send(new CheckAttachmentVisibleQuery(viewer.UserId(), attachmentId), CancellationToken.None);
        }
        catch (StorageUnavailableException)
        {
            // Nothing proves that the viewer still sees it.
            return false;
        }
    }
}
