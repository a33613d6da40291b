using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.Domain.Tests.Quotas;

public sealed class QuotaPolicyTests
{
    [Fact]
    public void Default_Always_IsTwentyFreeThenTenPointsByUtcDays()
    {
        QuotaPolicy.Default.DailyFreeLimit.ShouldBe(20);
        QuotaPolicy.Default.PointsPerMessage.ShouldBe(10);
        QuotaPolicy.Default.TimeZone.ShouldBe(TimeZoneInfo.Utc);
    }

    [Theory]
    [InlineData("UTC", "2026-03-10T00:00:00Z", "2026-03-10")]
    [InlineData("UTC", "2026-03-10T23:59:59.999999Z", "2026-03-10")]
    [InlineData("UTC", "2026-03-11T00:00:00Z", "2026-03-11")]
    // winter, one hour ahead
    [InlineData("Europe/Berlin", "2025-01-15T22:59:59.999999Z", "2025-01-15")]
    [InlineData("Europe/Berlin", "2025-01-15T23:00:00Z", "2025-01-16")]
    // summer, two hours ahead
    [InlineData("Europe/Berlin", "2025-07-15T21:59:59.999999Z", "2025-07-15")]
    [InlineData("Europe/Berlin", "2025-07-15T22:00:00Z", "2025-07-16")]
    // midnight is skipped: 23:59:59 is followed by 01:00
    [InlineData("America/Sao_Paulo", "2018-11-04T02:59:59.999999Z", "2018-11-03")]
    [InlineData("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04")]
    // midnight comes twice: 00:59:59 is followed by 00:00
    [InlineData("America/Havana", "2024-11-03T03:59:59.999999Z", "2024-11-02")]
    [InlineData("America/Havana", "2024-11-03T04:00:00Z", "2024-11-03")]
    [InlineData("America/Havana", "2024-11-03T04:59:59.999999Z", "2024-11-03")]
    [InlineData("America/Havana", "2024-11-03T05:00:00Z", "2024-11-03")]
    // the hour before midnight comes twice: 23:59:59 is followed by 23:00
    [InlineData("Asia/Beirut", "2024-10-26T20:59:59.999999Z", "2024-10-26")]
    [InlineData("Asia/Beirut", "2024-10-26T21:00:00Z", "2024-10-26")]
    [InlineData("Asia/Beirut", "2024-10-26T22:00:00Z", "2024-10-27")]
    public void DayOf_Instant_IsTheCalendarDayInTheZone(string zone, string instant, string expected) =>
        PolicyIn(zone).DayOf(Given.Instant(instant)).ShouldBe(DateOnly.ParseExact(expected, "O"));

    [Fact]
    public void DayOf_TheSameInstantInAnotherOffset_IsTheSameDay()
    {
        var instant = new DateTimeOffset(2026, 3, 11, 5, 29, 59, TimeSpan.FromMinutes(330));

        QuotaPolicy.Default.DayOf(instant).ShouldBe(new DateOnly(2026, 3, 10));
        QuotaPolicy.Default.DayOf(instant.AddSeconds(1)).ShouldBe(new DateOnly(2026, 3, 11));
    }

    [Theory]
    [InlineData("UTC", "2026-03-11", "2026-03-11T00:00:00Z")]
    [InlineData("Asia/Kolkata", "2026-03-11", "2026-03-10T18:30:00Z")]
    // a day of 23 hours
    [InlineData("Europe/Berlin", "2025-03-30", "2025-03-29T23:00:00Z")]
    [InlineData("Europe/Berlin", "2025-03-31", "2025-03-30T22:00:00Z")]
    // a day of 25 hours
    [InlineData("Europe/Berlin", "2025-10-26", "2025-10-25T22:00:00Z")]
    [InlineData("Europe/Berlin", "2025-10-27", "2025-10-26T23:00:00Z")]
    // no midnight: the day begins at 01:00
    [InlineData("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z")]
    [InlineData("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z")]
    [InlineData("America/Sao_Paulo", "2018-11-05", "2018-11-05T02:00:00Z")]
    [InlineData("Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z")]
    // no midnight either, but TimeZoneInfo.IsInvalidTime denies it
    [InlineData("Asia/Damascus", "2022-03-25", "2022-03-24T22:00:00Z")]
    [InlineData("America/Asuncion", "2024-10-06", "2024-10-06T04:00:00Z")]
    // a clock change at midnight that changes nothing but its name
    [InlineData("America/Scoresbysund", "2024-03-31", "2024-03-31T01:00:00Z")]
    // no such day at all: the next one begins
    [InlineData("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z")]
    [InlineData("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z")]
    // two midnights: the day begins at the earlier
    [InlineData("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z")]
    [InlineData("America/Havana", "2024-11-04", "2024-11-04T05:00:00Z")]
    // the hour before midnight twice: one midnight
    [InlineData("Asia/Beirut", "2024-10-27", "2024-10-26T22:00:00Z")]
    public void StartOf_Day_IsItsFirstInstantInUtc(string zone, string day, string expected)
    {
        var start = PolicyIn(zone).StartOf(DateOnly.ParseExact(day, "O"));

        start.ShouldBe(Given.Instant(expected));
        start.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("America/Havana")]
    [InlineData("America/New_York")]
    [InlineData("America/Asuncion")]
    [InlineData("America/Scoresbysund")]
    [InlineData("Asia/Beirut")]
    [InlineData("Asia/Damascus")]
    [InlineData("Africa/Cairo")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Pacific/Auckland")]
    public void StartOf_EveryDayOfTwelveYears_IsWhereTheDayChanges(string zone)
    {
        var policy = PolicyIn(zone);

        for (var day = new DateOnly(2014, 1, 1); day.Year < 2026; day = day.AddDays(1))
        {
            var start = policy.StartOf(day);
            policy.DayOf(start).ShouldBe(day);
            policy.DayOf(start - Given.Microsecond).ShouldBe(day.AddDays(-1));
        }
    }

    private static QuotaPolicy PolicyIn(string zone) => new(20, 10, TimeZoneInfo.FindSystemTimeZoneById(zone));

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1_000_001, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 1_000_001)]
    public void Policy_OutOfRange_CannotBeMade(int limit, long price) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new QuotaPolicy(limit, price, TimeZoneInfo.Utc));
}
