using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Quotas;

/// <summary>
/// A user's count of messages for one calendar day, and what the next one costs. A new day is seen by comparing dates when it
/// matters; nothing ever resets a counter.
/// </summary>
public sealed class MessageQuota : AggregateRoot
{
    private MessageQuota()
    {
    }

    public Guid UserId { get; private init; }

    /// <summary>Messages counted on <see cref="QuotaDate"/>.</summary>
    public int MessagesSentToday { get; private set; }

    /// <summary>The latest day on which a message was counted. Never goes back, so that a clock set back grants nothing twice.</summary>
    public DateOnly QuotaDate { get; private set; }

    /// <summary>This user's own free limit; null for the policy's.</summary>
    public int? DailyFreeLimit { get; private set; }

    /// <summary>This user's own price in points; null for the policy's.</summary>
    public long? PointsPerMessage { get; private set; }

    /// <summary>A new user's quota: nothing sent.</summary>
    public static MessageQuota Open(Guid userId) => new() { UserId = userId };

    /// <summary>A quota as it was stored.</summary>
    internal static MessageQuota Restore(Guid userId, int messagesSentToday, DateOnly quotaDate, int? dailyFreeLimit, long? pointsPerMessage) => new()
    {
        UserId = userId,
        MessagesSentToday = messagesSentToday,
        QuotaDate = quotaDate,
        DailyFreeLimit = dailyFreeLimit,
        PointsPerMessage = pointsPerMessage,
    };

    /// <summary>Where the user stands at <paramref name="now"/>; changes nothing.</summary>
    public QuotaStatus StatusAt(QuotaPolicy policy, DateTimeOffset now)
    {
        var day = DayAt(policy, now);
        var sent = day == QuotaDate ? MessagesSentToday : 0;
        var limit = DailyFreeLimit ?? policy.DailyFreeLimit;
        var price = PointsPerMessage ?? policy.PointsPerMessage;
        var remaining = Math.Max(0, limit - sent);

        return new QuotaStatus(sent, remaining, remaining > 0 ? 0 : price, price, limit, policy.StartOf(day.AddDays(1)));
    }

    /// <summary>Counts one message, free or paid.</summary>
    /// <exception cref="OverflowException">More messages in a day than a number can hold.</exception>
    public void Count(QuotaPolicy policy, DateTimeOffset now)
    {
        var sent = StatusAt(policy, now).MessagesSentToday;
        QuotaDate = DayAt(policy, now);
        MessagesSentToday = checked(sent + 1);
    }

    /// <summary>Gives this user limits of their own, valid at once; null returns to the policy's.</summary>
    /// <exception cref="DomainException"><c>quota.out_of_range</c></exception>
    public void Override(int? dailyFreeLimit, long? pointsPerMessage)
    {
        if (dailyFreeLimit is < 0 or > QuotaPolicy.DailyFreeLimitMax || pointsPerMessage is < 0 or > QuotaPolicy.PointsPerMessageMax)
            throw new DomainException(QuotaErrors.LimitOutOfRange);

        DailyFreeLimit = dailyFreeLimit;
        PointsPerMessage = pointsPerMessage;
    }

    private DateOnly DayAt(QuotaPolicy policy, DateTimeOffset now)
    {
        var today = policy.DayOf(now);

        return today > QuotaDate ? today : QuotaDate;
    }
}
