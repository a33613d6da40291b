using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class WrongAttemptsTests
{
    private const int WrongMax = 3;
    private const int Capacity = 100;
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);
    private static readonly DateTimeOffset _noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly WrongAttempts<int> _attempts = new(WrongMax, _window, Capacity);

    [Fact]
    public void Attempts_AsManyWrongOnesAsMayBe_AreSpentUntilTheWindowEnds()
    {
        Fail(1, WrongMax - 1);
        IsSpent(1).ShouldBeFalse();

        Fail(1, 1);

        IsSpent(1).ShouldBeTrue();
        IsSpent(1, _noon + _window - TimeSpan.FromTicks(1)).ShouldBeTrue();
        IsSpent(1, _noon + _window).ShouldBeFalse();
        _attempts.Count.ShouldBe(0);
    }

    [Fact]
    public void Attempts_UnderWay_CountAsWrongUntilTheyEnd()
    {
        var entries = Enumerable.Range(0, WrongMax).Select(_ => Begin(1)).ToList();

        entries[0].IsFull.ShouldBeTrue();
        entries[0].IsSpent.ShouldBeFalse();
        foreach (var entry in entries)
            entry.End(isWrong: false, _noon);

        _attempts.Count.ShouldBe(0);
    }

    [Fact]
    public void Find_WithoutAnAttempt_RemembersNothing()
    {
        for (var key = 0; key < Capacity * 2; key++)
            _attempts.Find(key, _noon).ShouldNotBeNull();

        _attempts.Count.ShouldBe(0);
    }

    [Fact]
    public void Keys_TensOfThousands_PushOutNoKeyThatIsSpent()
    {
        Fail(-1, WrongMax);
        Fail(-2, WrongMax - 1);

        for (var key = 0; key < 50_000; key++)
            Fail(key, 1);

        _attempts.Count.ShouldBe(Capacity);
        IsSpent(-1).ShouldBeTrue();

        // A key with more wrong attempts than the others stays too.
        Fail(-2, 1);
        IsSpent(-2).ShouldBeTrue();
    }

    [Fact]
    public void Keys_AllUsed_LeaveNoneForAnotherUntilAWindowEnds()
    {
        for (var key = 0; key < Capacity; key++)
            Fail(key, WrongMax);

        _attempts.Find(Capacity, _noon).ShouldBeNull();
        IsSpent(0).ShouldBeTrue();

        _attempts.Find(Capacity, _noon + _window).ShouldNotBeNull();
        _attempts.Count.ShouldBe(0);
    }

    [Fact]
    public void Keys_UnderWay_AreNotForgotten()
    {
        var entry = Begin(-1);
        for (var key = 0; key < Capacity * 2; key++)
            Fail(key, 1);

        entry.End(isWrong: true, _noon);
        Fail(-1, WrongMax - 1);

        IsSpent(-1).ShouldBeTrue();
    }

    [Fact]
    public void Reset_OfAKey_BeginsItAgain()
    {
        Fail(1, WrongMax - 1);

        _attempts.Find(1, _noon).ShouldNotBeNull().Reset();

        _attempts.Count.ShouldBe(0);
        Fail(1, WrongMax - 1);
        IsSpent(1).ShouldBeFalse();
    }

    private WrongAttempts<int>.Entry Begin(int key)
    {
        var entry = _attempts.Find(key, _noon).ShouldNotBeNull();
        entry.Begin();

        return entry;
    }

    private void Fail(int key, int times)
    {
        for (var attempt = 0; attempt < times; attempt++)
            Begin(key).End(isWrong: true, _noon);
    }

    private bool IsSpent(int key, DateTimeOffset? now = null) => _attempts.Find(key, now ?? _noon).ShouldNotBeNull().IsSpent;
}
