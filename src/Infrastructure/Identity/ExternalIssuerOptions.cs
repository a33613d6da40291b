using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// An OpenID Connect issuer whose access tokens are accepted beside our own. It needs <c>sub</c>, and for a user's first visit
/// <c>email</c>, <c>name</c> and <c>role</c> (Investor or Startup).
/// </summary>
public sealed class ExternalIssuerOptions : IValidatableObject
{
    public const string Section = "ExternalIssuer";

    /// <summary>The issuer's address, where its <c>/.well-known/openid-configuration</c> is; null, the default, for none. HTTPS, unless on loopback.</summary>
    public Uri? Authority { get; set; }

    /// <summary>The <c>aud</c> that its tokens must carry.</summary>
    public string? Audience { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Authority is null)
            yield break;

        if (!Authority.IsAbsoluteUri || (Authority.Scheme != Uri.UriSchemeHttps && !Authority.IsLoopback))
            yield return new ValidationResult("ExternalIssuer:Authority must be an https address.", [nameof(Authority)]);

        if (string.IsNullOrWhiteSpace(Audience))
            yield return new ValidationResult("ExternalIssuer:Audience is not set.", [nameof(Audience)]);
    }
}
