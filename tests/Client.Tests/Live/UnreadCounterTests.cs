namespace CleanMessaging.Client.Tests.Live;

public sealed class UnreadCounterTests
{
    private readonly UnreadCounter _counter = new();

    [Fact]
    public void TakeList_ThatIsComplete_CountsItAndNeedsNoServer()
    {
        _counter.TakeList([Unread(1, 3), Unread(2, 0), Unread(3, 4)], isComplete: true).ShouldBeTrue();

        _counter.Current.ShouldBe(new UnreadTotals(2, 7));
        _counter.TakeList([Unread(1, 3), Unread(2, 0), Unread(3, 4)], isComplete: true).ShouldBeFalse();
        _counter.TakeList([Unread(1, 0), Unread(2, 0), Unread(3, 4)], isComplete: true).ShouldBeTrue();
        _counter.Current.ShouldBe(new UnreadTotals(1, 4));
    }

    [Fact]
    public void TakeList_ThatIsNotComplete_SaysNothingUntilTheServerHasCounted()
    {
        _counter.TakeList([Unread(1, 3)], isComplete: false).ShouldBeFalse();
        _counter.Current.ShouldBeNull();

        _counter.TakeServerTotals(new UnreadTotals(62, 80), [Unread(1, 3)]).ShouldBeTrue();

        _counter.Current.ShouldBe(new UnreadTotals(62, 80));
    }

    [Fact]
    public void TakeList_AfterTheServerHasCounted_AddsAndTakesAwayWhatHasChanged()
    {
        _counter.TakeServerTotals(new UnreadTotals(62, 80), [Unread(1, 3), Unread(2, 0)]);

        _counter.TakeList([Unread(1, 1), Unread(2, 0)], isComplete: false).ShouldBeTrue();
        _counter.Current.ShouldBe(new UnreadTotals(62, 78));
        _counter.TakeList([Unread(2, 2), Unread(1, 0)], isComplete: false).ShouldBeTrue();
        _counter.Current.ShouldBe(new UnreadTotals(62, 79));
        _counter.TakeList([Unread(2, 0), Unread(1, 0)], isComplete: false).ShouldBeTrue();
        _counter.Current.ShouldBe(new UnreadTotals(61, 77));
    }

    [Fact]
    public void TakeList_WithOneThatWasNotHeldBefore_TakesItAsCountedByTheServer()
    {
        _counter.TakeServerTotals(new UnreadTotals(62, 80), [Unread(1, 3)]);

        _counter.TakeList([Unread(9, 5), Unread(1, 3)], isComplete: false).ShouldBeFalse();
        _counter.TakeList([Unread(9, 0), Unread(1, 3)], isComplete: false).ShouldBeTrue();

        _counter.Current.ShouldBe(new UnreadTotals(61, 75));
    }

    [Fact]
    public void TakeList_BeyondWhatTheServerCountsOfOneConversation_CountsNoMoreEither()
    {
        _counter.TakeList([Unread(1, 250)], isComplete: true);
        _counter.Current.ShouldBe(new UnreadTotals(1, 100));

        _counter.TakeServerTotals(new UnreadTotals(1, 100), [Unread(1, 250)]);
        _counter.TakeList([Unread(1, 180)], isComplete: false).ShouldBeFalse();
        _counter.TakeList([Unread(1, 99)], isComplete: false).ShouldBeTrue();
        _counter.Current.ShouldBe(new UnreadTotals(1, 99));
    }

    [Fact]
    public void TakeList_ThatFallsByMoreThanWasCounted_NeverGoesBelowNothing()
    {
        _counter.TakeServerTotals(new UnreadTotals(0, 0), [Unread(1, 3)]);

        _counter.TakeList([Unread(1, 0)], isComplete: false);

        _counter.Current.ShouldBe(new UnreadTotals(0, 0));
    }

    private static Conversation Unread(int number, int count) => Given.Conversation(number, Given.Message(9), unreadCount: count);
}
