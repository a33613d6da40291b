using System.Globalization;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Retention;

namespace CleanMessaging.Domain.Administration;

/// <summary>
/// A record of what an Admin has done, for audits. It is never changed and never deleted; the database rejects both. It contains no text of
/// a message.
/// </summary>
public sealed class AdminAction
{
    public const int ActionMaxLength = 50;
    public const int SubjectMaxLength = 200;

    /// <summary>The <see cref="Action"/> of a purge of expired messages.</summary>
    public const string PurgeExpiredMessages = "purgeExpiredMessages";

    private AdminAction()
    {
    }

    public Guid Id { get; private init; }

    public DateTimeOffset At { get; private init; }

    /// <summary>The Admin.</summary>
    public Guid ActorId { get; private init; }

    /// <summary>What was done. Not an enumeration, because a server reads the actions of later versions too.</summary>
    public string Action { get; private init; } = "";

    /// <summary>What it was done to. For <see cref="PurgeExpiredMessages"/>: the time before which the messages had expired.</summary>
    public string Subject { get; private init; } = "";

    /// <summary>How many it was done to.</summary>
    public int Count { get; private init; }

    /// <summary>The reason that the Admin entered.</summary>
    public string Reason { get; private init; } = "";

    /// <summary>Records a purge of expired messages.</summary>
    /// <param name="expiredBefore">The time before which the messages had expired.</param>
    /// <param name="count">The number of messages, 1 or more: a purge of none is not recorded.</param>
    /// <exception cref="DomainException"><c>retention.invalid_reason</c></exception>
    public static AdminAction OfPurge(UserId actorId, DateTimeOffset expiredBefore, int count, string reason, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (!Text.Reason.IsValid(reason))
            throw new DomainException(RetentionErrors.InvalidReason);

        var at = now.ToStored();

        return new AdminAction
        {
            Id = Guid.CreateVersion7(at),
            At = at,
            ActorId = actorId,
            Action = PurgeExpiredMessages,
            Subject = expiredBefore.ToStored().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            Count = count,
            Reason = reason,
        };
    }
}
