using System.ComponentModel.DataAnnotations;
using System.Text;

namespace CleanMessaging.Infrastructure.Tokens;

/// <summary>How access tokens are signed.</summary>
public sealed class JwtOptions : IValidatableObject
{
    public const string Section = "Jwt";

    /// <summary>The minimum length of a signing key in bytes: the output size of HMAC-SHA-256 (RFC 7518, 3.2).</summary>
    public const int SigningKeyMinBytes = 32;

    /// <summary>The maximum lifetime of an access token.</summary>
    public static readonly TimeSpan AccessTokenLifetimeMax = TimeSpan.FromHours(1);

    private const int DistinctCharactersMin = 10;

    /// <summary>
    /// The secret that signs tokens: at least 32 bytes of UTF-8 from a random source. There is no default outside Development.
    /// </summary>
    public string SigningKey { get; set; } = "";

    [Required]
    public string Issuer { get; set; } = "cleanmessaging";

    [Required]
    public string Audience { get; set; } = "cleanmessaging";

    /// <summary>
    /// The lifetime of an access token, 1 second to 1 hour; 15 minutes by default. A hub connection ends when its token expires.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Rejects a key that is missing, too short or clearly not random.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SigningKey.Length == 0)
        {
            yield return new ValidationResult("Jwt:SigningKey is not set. Make one with: openssl rand -base64 48", [nameof(SigningKey)]);
        }
        else if (Encoding.UTF8.GetByteCount(SigningKey) < SigningKeyMinBytes)
        {
            yield return new ValidationResult(
                "Jwt:SigningKey is too weak: it needs 32 bytes or more. Make one with: openssl rand -base64 48", [nameof(SigningKey)]);
        }
        else if (SigningKey.Distinct().Count() < DistinctCharactersMin)
        {
            yield return new ValidationResult(
                "Jwt:SigningKey is too weak: it is not random. Make one with: openssl rand -base64 48", [nameof(SigningKey)]);
        }
    }
}
