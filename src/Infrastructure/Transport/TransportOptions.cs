using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Transport;

/// <summary>How the server protects its links to PostgreSQL, Redis and other services.</summary>
public sealed class TransportOptions : IValidatableObject
{
    public const string Section = "Transport";

    /// <summary>
    /// Whether a link that is not verified by TLS prevents the start. Otherwise the server logs a warning for each. Links to this
    /// machine are excepted.
    /// </summary>
    public bool RequireTls { get; set; }

    /// <summary>
    /// The path of a file with the certificates, in PEM, in one of which the certificate chain of Redis must end. Without it, the
    /// certificates of the system are trusted.
    /// </summary>
    public string? RedisRootCertificate { get; set; }

    /// <summary>Whether a certificate is set. An empty environment variable counts as not set.</summary>
    internal bool HasRedisRoot => !string.IsNullOrWhiteSpace(RedisRootCertificate);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HasRedisRoot && RootCertificates.ErrorOf(RedisRootCertificate!) is { } error)
            yield return new ValidationResult($"{Section}:{nameof(RedisRootCertificate)} {error}");
    }
}
