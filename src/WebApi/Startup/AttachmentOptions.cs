using System.ComponentModel.DataAnnotations;
using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Options of attachments: which ones the server accepts, and how long it keeps those that are removed.</summary>
internal sealed class AttachmentOptions : IValidatableObject
{
    public const string Section = "Attachments";

    /// <summary>The maximum size of an attachment in bytes, 1 KiB to 2 GiB; 25 MiB by default.</summary>
    [Range(typeof(long), "1024", "2147483648")]
    public long MaxBytes { get; set; } = AttachmentPolicy.DefaultMaxBytes;

    /// <summary>How much each user can store in bytes, up to 1 TiB; 1 GiB by default. An Admin can set another limit for a user.</summary>
    [Range(typeof(long), "0", "1099511627776")]
    public long UserBytes { get; set; } = AttachmentPolicy.DefaultUserBytes;

    /// <summary>
    /// The extensions of names that are not accepted, without the dot and separated by spaces; by default those that Windows or macOS run.
    /// </summary>
    public string RejectedExtensions { get; set; } = string.Join(' ', AttachmentPolicy.DefaultRejectedExtensions);

    /// <summary>
    /// How long the bytes of expired and deleted messages are kept for audits, up to 365 days; 0 by default. Users cannot read them.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepRemoved { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// How many uploads each user can begin in 24 hours, 1 to 1,000,000; 1,000 by default. Those that are canceled or rejected count as
    /// well.
    /// </summary>
    [Range(1, 1_000_000)]
    public int UploadsPerDay { get; set; } = AttachmentPolicy.DefaultUploadsPerDay;

    public AttachmentPolicy ToPolicy() =>
        new(MaxBytes, UserBytes, Extensions().ToHashSet(StringComparer.Ordinal), KeepRemoved, UploadsPerDay);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from extension in Extensions()
        where !extension.All(char.IsAsciiLetterOrDigit)
        select new ValidationResult(
            $"{Section}:{nameof(RejectedExtensions)} has '{extension}', which is not an extension without its dot.",
            [nameof(RejectedExtensions)]);

    private IEnumerable<string> Extensions() => RejectedExtensions
        .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(extension => extension.ToLowerInvariant());
}
