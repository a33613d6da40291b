using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.Domain.Tests.Quotas;

public sealed class MessageQuotaTests
{
    private static readonly DateTimeOffset _midnight = Given.Instant("2026-03-11T00:00:00Z");
    private static readonly DateTimeOffset _nextMidnight = Given.Instant("2026-03-12T00:00:00Z");

    [Fact]
    public void StatusAt_BeforeTheFirstMessage_IsAllFreeAndChangesNothing()
    {
        var quota = MessageQuota.Open(Given.Investor.Id);
        var before = State.Of(quota);

        quota.StatusAt(QuotaPolicy.Default, Given.Noon).ShouldBe(new QuotaStatus(0, 20, 0, 10, 20, _midnight));

        quota.UserId.ShouldBe(Given.Investor.Id);
        State.Of(quota).ShouldBe(before);
    }

    [Theory]
    [InlineData(1, 19, 0)]
    [InlineData(19, 1, 0)]
    [InlineData(20, 0, 10)]
    [InlineData(21, 0, 10)]
    public void StatusAt_AfterSomeMessages_ReturnsWhatTheNextOneCosts(int sent, int expectedRemaining, long expectedPrice) =>
        QuotaAfter(sent, Given.Noon).StatusAt(QuotaPolicy.Default, Given.Noon)
            .ShouldBe(new QuotaStatus(sent, expectedRemaining, expectedPrice, 10, 20, _midnight));

    [Fact]
    public void StatusAt_AroundMidnight_BeginsANewDayAtMidnight()
    {
        var quota = QuotaAfter(20, Given.Noon);

        quota.StatusAt(QuotaPolicy.Default, _midnight - Given.Microsecond).ShouldBe(new QuotaStatus(20, 0, 10, 10, 20, _midnight));
        quota.StatusAt(QuotaPolicy.Default, _midnight).ShouldBe(new QuotaStatus(0, 20, 0, 10, 20, _nextMidnight));
        quota.MessagesSentToday.ShouldBe(20);
    }

    [Fact]
    public void Count_AroundMidnight_StartsOverAtMidnight()
    {
        var quota = QuotaAfter(20, _midnight - Given.Microsecond);

        quota.Count(QuotaPolicy.Default, _midnight);

        quota.QuotaDate.ShouldBe(new DateOnly(2026, 3, 11));
        quota.MessagesSentToday.ShouldBe(1);
    }

    [Fact]
    public void Count_AfterDaysWithoutMessages_DoesNotSaveThemUp()
    {
        var quota = QuotaAfter(5, Given.Noon);

        quota.Count(QuotaPolicy.Default, Given.Noon.AddDays(30));

        quota.StatusAt(QuotaPolicy.Default, Given.Noon.AddDays(30)).RemainingFree.ShouldBe(19);
    }

    [Theory]
    [InlineData("2026-03-10T23:30:00Z")]
    [InlineData("2026-03-10T00:30:00Z")]
    [InlineData("2025-03-10T00:30:00Z")]
    public void StatusAt_AfterTheClockWentBack_StaysOnTheLatestDay(string earlier)
    {
        var quota = QuotaAfter(20, Given.Instant("2026-03-11T00:30:00Z"));

        quota.StatusAt(QuotaPolicy.Default, Given.Instant(earlier)).ShouldBe(new QuotaStatus(20, 0, 10, 10, 20, _nextMidnight));
    }

    [Fact]
    public void Count_WhileTheClockGoesBackAndForth_GivesNoSecondQuota()
    {
        var quota = QuotaAfter(20, Given.Noon);

        quota.Count(QuotaPolicy.Default, Given.Noon.AddHours(-1));
        quota.Count(QuotaPolicy.Default, Given.Noon.AddDays(-1));
        quota.Count(QuotaPolicy.Default, Given.Noon);

        quota.QuotaDate.ShouldBe(new DateOnly(2026, 3, 10));
        quota.MessagesSentToday.ShouldBe(23);
        quota.StatusAt(QuotaPolicy.Default, Given.Noon).RemainingFree.ShouldBe(0);
    }

    [Fact]
    public void StatusAt_WhereMidnightIsSkipped_BeginsTheDayAtTheFirstTimeThatExists()
    {
        var policy = PolicyIn("America/Sao_Paulo");
        var dayBegins = Given.Instant("2018-11-04T03:00:00Z");
        var quota = QuotaAfter(20, dayBegins - Given.Microsecond, policy);

        quota.StatusAt(policy, dayBegins - Given.Microsecond).ShouldBe(new QuotaStatus(20, 0, 10, 10, 20, dayBegins));
        quota.StatusAt(policy, dayBegins)
            .ShouldBe(new QuotaStatus(0, 20, 0, 10, 20, Given.Instant("2018-11-05T02:00:00Z")));
    }

    [Fact]
    public void StatusAt_WhereMidnightComesTwice_GivesOneQuota()
    {
        var policy = PolicyIn("America/Havana");
        var firstMidnight = Given.Instant("2024-11-03T04:00:00Z");
        var secondMidnight = Given.Instant("2024-11-03T05:00:00Z");
        var quota = QuotaAfter(20, firstMidnight, policy);

        quota.StatusAt(policy, secondMidnight - Given.Microsecond).RemainingFree.ShouldBe(0);
        quota.StatusAt(policy, secondMidnight)
            .ShouldBe(new QuotaStatus(20, 0, 10, 10, 20, Given.Instant("2024-11-04T05:00:00Z")));
    }

    [Theory]
    [InlineData("2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z")]
    [InlineData("2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z")]
    public void StatusAt_OnADayThatTheClockChangeShortensOrLengthens_LastsFromMidnightToMidnight(string begins, string ends)
    {
        var policy = PolicyIn("Europe/Berlin");
        var quota = QuotaAfter(20, Given.Instant(begins), policy);

        quota.StatusAt(policy, Given.Instant(ends) - Given.Microsecond)
            .ShouldBe(new QuotaStatus(20, 0, 10, 10, 20, Given.Instant(ends)));
        quota.StatusAt(policy, Given.Instant(ends)).RemainingFree.ShouldBe(20);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 1, 1, 0)]
    [InlineData(1_000_000, 1_000_000, 1_000_000, 0)]
    [InlineData(0, 1_000_000, 0, 1_000_000)]
    public void Override_InRange_AppliesAtOnce(int limit, long price, int expectedRemaining, long expectedPrice)
    {
        var quota = MessageQuota.Open(Given.Investor.Id);

        quota.Override(limit, price);

        quota.StatusAt(QuotaPolicy.Default, Given.Noon)
            .ShouldBe(new QuotaStatus(0, expectedRemaining, expectedPrice, price, limit, _midnight));
    }

    [Theory]
    [InlineData(-1, 5L)]
    [InlineData(1_000_001, 5L)]
    [InlineData(int.MaxValue, null)]
    [InlineData(5, -1L)]
    [InlineData(5, 1_000_001L)]
    [InlineData(null, long.MinValue)]
    public void Override_OutOfRange_IsRejectedAndChangesNothing(int? limit, long? price)
    {
        var quota = QuotaAfter(3, Given.Noon);
        quota.Override(7, 8);
        var before = State.Of(quota);

        ThrownError.CodeOf(() => quota.Override(limit, price)).ShouldBe("quota.out_of_range");

        State.Of(quota).ShouldBe(before);
    }

    [Fact]
    public void Override_WithNull_ReturnsToThePolicy()
    {
        var quota = MessageQuota.Open(Given.Investor.Id);
        quota.Override(1, 2);

        quota.Override(null, 2);
        quota.StatusAt(QuotaPolicy.Default, Given.Noon).ShouldBe(new QuotaStatus(0, 20, 0, 2, 20, _midnight));

        quota.Override(1, null);
        quota.StatusAt(QuotaPolicy.Default, Given.Noon).ShouldBe(new QuotaStatus(0, 1, 0, 10, 1, _midnight));
    }

    [Fact]
    public void Override_BelowWhatWasSent_LeavesNothingFreeAndNeverLessThanNothing()
    {
        var quota = QuotaAfter(3, Given.Noon);

        quota.Override(2, null);

        quota.StatusAt(QuotaPolicy.Default, Given.Noon).ShouldBe(new QuotaStatus(3, 0, 10, 10, 2, _midnight));
    }

    [Fact]
    public void Override_Always_KeepsWhatWasCounted()
    {
        var quota = QuotaAfter(3, Given.Noon);

        quota.Override(4, null);

        quota.StatusAt(QuotaPolicy.Default, Given.Noon).ShouldBe(new QuotaStatus(3, 1, 0, 10, 4, _midnight));
    }

    private static QuotaPolicy PolicyIn(string zone) => new(20, 10, TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static MessageQuota QuotaAfter(int messages, DateTimeOffset at, QuotaPolicy? policy = null)
    {
        var quota = MessageQuota.Open(Given.Investor.Id);
        for (var count = 0; count < messages; count++)
            quota.Count(policy ?? QuotaPolicy.Default, at);

        return quota;
    }
}
