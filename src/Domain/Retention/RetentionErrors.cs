using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Retention;

public static class RetentionErrors
{
    public static readonly DomainError InvalidReason =
        new("retention.invalid_reason", ErrorKind.Invalid, "A reason has 1 to 500 characters.");

    public static readonly DomainError OutOfRange = new(
        "retention.out_of_range",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture, $"A purge has {RetentionPolicy.PurgeMin} to {RetentionPolicy.PurgeMax} messages."));

    /// <param name="latest">The latest time before which messages must have expired to be purged.</param>
    public static DomainError TooRecent(DateTimeOffset latest) => new(
        "retention.too_recent",
        ErrorKind.Invalid,
        "Messages that expired only recently cannot be purged. Choose an earlier time.")
    {
        Details = new Dictionary<string, object?> { ["latest"] = latest.ToStored() },
    };
}
