using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class RecentEntriesTests
{
    private static readonly DateTimeOffset _noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly RecentEntries<int, List<string>> _entries = new(capacity: 3, TimeSpan.FromMinutes(1));

    [Fact]
    public void Use_OfMoreKeysThanFit_ForgetsTheOneUnusedForLongest()
    {
        foreach (var key in (int[])[1, 2, 3, 1, 4])
            _entries.Use(key, _noon).Add("used");

        _entries.Count.ShouldBe(3);
        _entries.Use(1, _noon).Count.ShouldBe(2);
        _entries.Use(2, _noon).ShouldBeEmpty();
    }

    [Fact]
    public void Use_OfAMillionKeys_KeepsNoMoreThanFit()
    {
        for (var key = 0; key < 1_000_000; key++)
            _entries.Use(key, _noon);

        _entries.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(60, 2)]
    [InlineData(61, 1)]
    [InlineData(-61, 1)]
    public void Use_AfterAWhile_ForgetsWhatWasIdle(int seconds, int left)
    {
        _entries.Use(1, _noon).Add("used");

        _entries.Use(2, _noon.AddSeconds(seconds));

        _entries.Count.ShouldBe(left);
    }

    [Fact]
    public void Use_OfAnIdleKeyItself_FindsItOnceMore()
    {
        _entries.Use(1, _noon).Add("used");

        _entries.Use(1, _noon.AddHours(1)).ShouldBe(["used"]);
    }
}
