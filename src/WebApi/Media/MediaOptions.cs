using System.ComponentModel.DataAnnotations;
using CleanMessaging.WebApi.Network;

namespace CleanMessaging.WebApi.Media;

/// <summary>From where the bytes of attachments are sent: another origin, other servers, a CDN.</summary>
internal sealed class MediaOptions : IValidatableObject
{
    public const string Section = "Media";

    /// <summary>
    /// The origin of links to attachments, such as <c>https://media.example.com</c>. It must lead to servers that answer links, and serves
    /// nothing else. Empty by default: links lead to the origin of the API.
    /// </summary>
    public string Origin { get; set; } = "";

    /// <summary>What this server answers; everything by default.</summary>
    [EnumDataType(typeof(ServerRole))]
    public ServerRole Serve { get; set; } = ServerRole.All;

    /// <summary>
    /// How long a CDN may keep the bytes of an attachment of a message, in seconds, up to 300; 0 by default: not at all. Never longer than
    /// the message is visible, and never an avatar. Such links are equal for all participants, so they work without their session.
    /// </summary>
    [Range(0, 300)]
    public int CdnSeconds { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Origin.Length > 0 && !OriginOptions.IsOrigin(Origin))
        {
            yield return new ValidationResult(
                $"Media:Origin is '{Origin}', which is not an origin. Use only scheme, host and port, for example https://media.example.com.",
                [nameof(Origin)]);
        }

        if (Serve == ServerRole.Api && Origin.Length == 0)
        {
            yield return new ValidationResult(
                "Media:Serve is Api, but Media:Origin is not set, so links would lead to this server, which does not answer them.",
                [nameof(Serve)]);
        }
    }
}

/// <summary>What a server answers. Health checks are always answered.</summary>
internal enum ServerRole
{
    /// <summary>The API, the hub, the page, and links to attachments.</summary>
    All = 0,

    /// <summary>Everything except links to attachments.</summary>
    Api = 1,

    /// <summary>Only links to attachments.</summary>
    Media = 2,
}
