using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Quotas;

/// <summary>
/// Counts a user's messages of one calendar day and determines the price of the next one. Each use compares the stored date with the
/// current day, so that no job has to reset counters.
/// </summary>
public sealed class MessageQuota : AggregateRoot
{
    private MessageQuota()
    {
    }

    public Guid UserId { get; private init; }

    /// <summary>The number of messages counted on <see cref="QuotaDate"/>.</summary>
    public int MessagesSentToday { get; private set; }

    /// <summary>
    /// The latest day on which a message was counted. It never moves back, so that a clock that is set back grants no free messages twice.
    /// </summary>
    public DateOnly QuotaDate { get; private set; }

    /// <summary>The free limit set for this user; null if the policy's limit applies.</summary>
    public int? DailyFreeLimit { get; private set; }

    /// <summary>The price set for this user, in points; null if the policy's price applies.</summary>
    public long? PointsPerMessage { get; private set; }

    /// <summary>Creates the quota of a new user, with no messages counted.</summary>
    public static MessageQuota Open(Guid userId) => new() { UserId = userId };

    /// <summary>Returns the status of the quota at <paramref name="now"/>; changes nothing.</summary>
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
    /// <exception cref="OverflowException">The number of messages of the day exceeds the range of <see cref="int"/>.</exception>
    public void Count(QuotaPolicy policy, DateTimeOffset now)
    {
        var sent = StatusAt(policy, now).MessagesSentToday;
        QuotaDate = DayAt(policy, now);
        MessagesSentToday = checked(sent + 1);
    }

    /// <summary>Sets limits for this user, effective immediately; null restores the policy's limit.</summary>
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
