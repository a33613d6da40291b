using System.Security.Claims;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Authentication;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Media;

/// <summary>Creates the addresses of links: on the media origin if there is one, otherwise below the base path of the request.</summary>
internal sealed class MediaAddresses(MediaLinks links, CdnHeaders cdn, IOptions<MediaOptions> options)
{
    private readonly string _origin = options.Value.Origin;

    /// <summary>Returns the address of the bytes of an attachment that the caller sees.</summary>
    /// <param name="end">The instant from which the link no longer works.</param>
    public string AddressOf(
        HttpContext httpContext, ClaimsPrincipal caller, LinkedAttachment attachment, AttachmentVariant variant, DateTimeOffset end)
    {
        // An attachment that is not sent has one viewer, and no CDN keeps it.
        var link = cdn.AreLinksShared && attachment.IsSent
            ? new MediaLink(attachment.Id, variant, ViewerId: null, SessionId: null, AccessVersion: 0, end)
            : new MediaLink(attachment.Id, variant, caller.UserId(), (SessionId?)caller.SessionId(), AccessVersions.VersionOf(caller), end);
        var start = _origin.Length > 0 ? _origin : httpContext.Request.PathBase.Value;

        return $"{start}{LinkText.Path}/{links.Write(link)}";
    }
}
