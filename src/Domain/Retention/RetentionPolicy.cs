using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Retention;

/// <summary>How long the contents of expired messages are kept.</summary>
/// <param name="ExpiredContent">What the clean-up does with the contents of the messages that it flags.</param>
/// <param name="KeepExpired">How long after the expiry an Admin cannot purge the contents of a message.</param>
public sealed record RetentionPolicy(ExpiredContent ExpiredContent, TimeSpan KeepExpired)
{
    /// <summary>The smallest number of messages of one purge.</summary>
    public const int PurgeMin = 1;

    /// <summary>The number of messages of one purge whose caller states none.</summary>
    public const int PurgeDefault = 1000;

    /// <summary>The largest number of messages of one purge, so that it stays one short transaction.</summary>
    public const int PurgeMax = 5000;

    /// <summary>Contents are retained, and an Admin can purge them 30 days after the expiry.</summary>
    public static readonly RetentionPolicy Default = new(ExpiredContent.Retain, TimeSpan.FromDays(30));

    /// <summary>Verifies that messages that expired before a time can be purged: all of them have been kept long enough.</summary>
    /// <exception cref="DomainException"><c>retention.too_recent</c></exception>
    public void EnsurePurgeable(DateTimeOffset expiredBefore, DateTimeOffset now)
    {
        var latest = now - KeepExpired;
        if (expiredBefore > latest)
            throw new DomainException(RetentionErrors.TooRecent(latest));
    }
}
