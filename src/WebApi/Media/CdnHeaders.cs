using System.Globalization;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// Says how long a CDN may keep the bytes of a link, if the operator permits that at all: <c>CDN-Cache-Control</c> (RFC 9213), and
/// <c>X-Accel-Expires</c> for nginx. Browsers keep nothing.
/// </summary>
internal sealed class CdnHeaders(IOptions<MediaOptions> options, TimeProvider clock)
{
    private readonly int _secondsMax = options.Value.CdnSeconds;

    /// <summary>Whether links are equal for all participants, because a CDN keeps what they lead to.</summary>
    public bool AreLinksShared => _secondsMax > 0;

    /// <param name="until">When the link or the message expires, whichever is earlier.</param>
    public void Write(HttpResponse response, DateTimeOffset until)
    {
        // A cache compares whole seconds, so it may keep a response for a second longer than the header says.
        var rest = (int)Math.Min(_secondsMax, Math.Floor((until - clock.GetUtcNow()).TotalSeconds) - 1);
        response.Headers["CDN-Cache-Control"] = rest > 0 ? $"public, max-age={rest.ToString(CultureInfo.InvariantCulture)}" : "no-store";
        response.Headers["X-Accel-Expires"] = Math.Max(0, rest).ToString(CultureInfo.InvariantCulture);
    }
}
