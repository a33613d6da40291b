using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Tokens;

/// <summary>
/// An OpenID Connect issuer whose access tokens the server accepts in addition to its own. A token must contain <c>sub</c>; a user's first
/// token must also contain <c>email</c>, <c>name</c> and <c>role</c> (Investor or Startup).
/// </summary>
public sealed class ExternalIssuerOptions : IValidatableObject
{
    public const string Section = "ExternalIssuer";

    /// <summary>
    /// The issuer's base address, which serves <c>/.well-known/openid-configuration</c>. Null (the default) disables it. HTTPS is required
    /// unless on loopback.
    /// </summary>
    public Uri? Authority { get; set; }

    /// <summary>The required <c>aud</c> value of the issuer's tokens.</summary>
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
