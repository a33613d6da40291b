using System.Security.Claims;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Authentication;
using MediatR;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// Watches downloads: each ends at the instant at which its attachment expires, and within 5 seconds after its message is deleted,
/// its avatar is replaced or removed, its session is revoked, or its viewer is deactivated.
/// </summary>
internal sealed partial class DownloadGuard(
    IMediator mediator, RevokedSessionCache revokedSessions, AccessVersions versions, TimeProvider clock, ILogger<DownloadGuard> logger)
{
    /// <summary>
    /// How often access is verified. With the time of the query and one second for the poll for revoked sessions, a download ends within
    /// the promised 5 seconds.
    /// </summary>
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(2);

    /// <summary>How long the database may take.</summary>
    private static readonly TimeSpan _queryTime = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Cancels a download when its viewer no longer has access, or when that cannot be verified. Returns when the download has ended.
    /// </summary>
    /// <param name="download">Canceled by this method, or when the download ends.</param>
    public async Task WatchAsync(ClaimsPrincipal viewer, OpenedAttachment attachment, CancellationTokenSource download)
    {
        var visibleUntil = attachment.VisibleUntil;
        try
        {
            // The expiry can be moved during the download, and a send replaces the end of an attachment that was not sent.
            while (await WaitAsync(visibleUntil, download.Token)
                && await CheckAsync(viewer, attachment.Id, download.Token) is { IsVisible: true } visibility)
            {
                visibleUntil = visibility.Until;
            }
        }
        finally
        {
            await download.CancelAsync();
        }
    }

    /// <summary>
    /// Waits for the interval, or for the expiry if that is sooner. Returns true if another check is due: the download has not ended, and
    /// the attachment has not expired. At the instant itself no query is needed.
    /// </summary>
    private async Task<bool> WaitAsync(DateTimeOffset? visibleUntil, CancellationToken downloadEnded)
    {
        var rest = visibleUntil is { } end ? end - clock.GetUtcNow() : TimeSpan.MaxValue;
        if (rest <= TimeSpan.Zero)
            return false;

        try
        {
            await Task.Delay(rest < _interval ? rest : _interval, clock, downloadEnded);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        return visibleUntil is null || visibleUntil > clock.GetUtcNow();
    }

    /// <summary>Returns whether the viewer still has access, and until when. Without access if that cannot be verified.</summary>
    private async Task<AttachmentVisibility> CheckAsync(ClaimsPrincipal viewer, AttachmentId attachmentId, CancellationToken downloadEnded)
    {
        // Without a viewer for a link that is for all participants.
        UserId? viewerId = viewer.FindUserId() is null ? null : viewer.UserId();
        if (viewerId is not null
            && ((viewer.SessionId() is { } sessionId && revokedSessions.Contains(sessionId)) || versions.IsOutdated(viewer)))
        {
            return default;
        }

        try
        {
            var query = new CheckAttachmentVisibleQuery(viewerId, attachmentId);

            return await mediator.Send(query, CancellationToken.None).WaitAsync(_queryTime, downloadEnded);
        }
        catch (OperationCanceledException) when (downloadEnded.IsCancellationRequested)
        {
            return default;
        }
        catch (Exception exception)
        {
            // Nothing proves that the viewer still sees it.
            Log.NotVerified(logger, attachmentId, exception.GetBaseException().Message);

            return default;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Access to attachment {AttachmentId} could not be verified, so its download ends: {Failure}")]
        public static partial void NotVerified(ILogger logger, Guid attachmentId, string failure);
    }
}
