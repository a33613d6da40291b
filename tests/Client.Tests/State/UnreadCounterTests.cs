namespace CleanMessaging.Client.Tests.State;

public sealed class UnreadCounterTests
{
    private UnreadCounter _counter = UnreadCounter.Unknown;

    [Fact]
    public void Update_ThatIsComplete_CountsItAndNeedsNoServer()
    {
        Update([Unread(1, 3), Unread(2, 0), Unread(3, 4)], isComplete: true).ShouldBeTrue();

        _counter.Totals.ShouldBe(new UnreadTotals(2, 7));
        Update([Unread(1, 3), Unread(2, 0), Unread(3, 4)], isComplete: true).ShouldBeFalse();
        Update([Unread(1, 0), Unread(2, 0), Unread(3, 4)], isComplete: true).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(1, 4));
    }

    [Fact]
    public void Update_OfAnArchivedConversation_MovesItsCountToTheArchive()
    {
        var archived = Unread(1, 3) with { Personal = PersonalState.None with { Archived = true } };

        Update([archived, Unread(2, 4)], isComplete: true).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(1, 4, 1, 3));

        SetFromServer(new UnreadTotals(62, 80, 5, 9), [Unread(1, 3)]);
        Update([archived], isComplete: false).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(61, 77, 6, 12));
    }

    [Fact]
    public void Update_ThatIsNotComplete_SaysNothingUntilTheServerHasCounted()
    {
        Update([Unread(1, 3)], isComplete: false).ShouldBeFalse();
        _counter.Totals.ShouldBeNull();

        SetFromServer(new UnreadTotals(62, 80), [Unread(1, 3)]).ShouldBeTrue();

        _counter.Totals.ShouldBe(new UnreadTotals(62, 80));
    }

    [Fact]
    public void Update_AfterTheServerHasCounted_AddsAndSubtractsWhatHasChanged()
    {
        SetFromServer(new UnreadTotals(62, 80), [Unread(1, 3), Unread(2, 0)]);

        Update([Unread(1, 1), Unread(2, 0)], isComplete: false).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(62, 78));
        Update([Unread(2, 2), Unread(1, 0)], isComplete: false).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(62, 79));
        Update([Unread(2, 0), Unread(1, 0)], isComplete: false).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(61, 77));
    }

    [Fact]
    public void Update_WithOneThatWasNotLoadedBefore_TreatsItAsCountedByTheServer()
    {
        SetFromServer(new UnreadTotals(62, 80), [Unread(1, 3)]);

        Update([Unread(9, 5), Unread(1, 3)], isComplete: false).ShouldBeFalse();
        Update([Unread(9, 0), Unread(1, 3)], isComplete: false).ShouldBeTrue();

        _counter.Totals.ShouldBe(new UnreadTotals(61, 75));
    }

    [Fact]
    public void Update_BeyondWhatTheServerCountsOfOneConversation_CountsNoMoreEither()
    {
        Update([Unread(1, 250)], isComplete: true);
        _counter.Totals.ShouldBe(new UnreadTotals(1, 100));

        SetFromServer(new UnreadTotals(1, 100), [Unread(1, 250)]);
        Update([Unread(1, 180)], isComplete: false).ShouldBeFalse();
        Update([Unread(1, 99)], isComplete: false).ShouldBeTrue();
        _counter.Totals.ShouldBe(new UnreadTotals(1, 99));
    }

    [Fact]
    public void Update_ThatFallsByMoreThanWasCounted_NeverGoesBelowNothing()
    {
        SetFromServer(new UnreadTotals(0, 0), [Unread(1, 3)]);

        Update([Unread(1, 0)], isComplete: false);

        _counter.Totals.ShouldBe(new UnreadTotals(0, 0));
    }

    /// <returns>Whether the totals have changed.</returns>
    private bool Update(IReadOnlyList<Conversation> list, bool isComplete) => Replace(_counter.Update(list, isComplete));

    private bool SetFromServer(UnreadTotals totals, IReadOnlyList<Conversation> list) => Replace(UnreadCounter.FromServer(totals, list));

    private bool Replace(UnreadCounter next)
    {
        var before = _counter;
        _counter = next;

        return next.Totals != before.Totals;
    }

    private static Conversation Unread(int number, int count) => Given.Conversation(number, Given.Message(9), unreadCount: count);
}
