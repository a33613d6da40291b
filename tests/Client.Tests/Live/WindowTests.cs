namespace CleanMessaging.Client.Tests.Live;

public sealed class WindowTests
{
    private readonly Window _window = new();

    [Fact]
    public void Take_OfEachMessageInOrder_HoldsThemAndHasNoHole()
    {
        _window.Load(Given.Numbers(0), Given.Page([]), Given.Noon);

        foreach (var message in Given.Messages(1, 3))
            Take(message).ShouldBe(MergeResult.Added);

        ShouldHold(1, 2, 3);
        _window.HasGap.ShouldBeFalse();
        _window.Revision.ShouldBe(3);
        _window.CompleteSequence.ShouldBe(3);
    }

    [Fact]
    public void Take_OfOneThatIsHeld_ChangesNothing()
    {
        _window.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        Take(Given.Message(2)).ShouldBe(MergeResult.Nothing);

        ShouldHold(1, 2, 3);
    }

    [Fact]
    public void Take_OutOfOrder_HoldsThemInOrderAndClosesTheHole()
    {
        _window.Load(Given.Numbers(1), Given.Page(Given.Messages(1, 1)), Given.Noon);

        Take(Given.Message(4)).ShouldBe(MergeResult.Added);
        _window.HasGap.ShouldBeTrue();
        _window.CompleteSequence.ShouldBe(1);
        Take(Given.Message(3));
        _window.HasGap.ShouldBeTrue();
        Take(Given.Message(2));

        ShouldHold(1, 2, 3, 4);
        _window.HasGap.ShouldBeFalse();
        _window.CompleteSequence.ShouldBe(4);
    }

    [Fact]
    public void Take_OfALaterRevision_ReplacesAndOfAnEarlierOneDoesNot()
    {
        _window.Load(Given.Numbers(2), Given.Page(Given.Messages(1, 2)), Given.Noon);
        var edited = Given.Message(1, revision: 4);

        Take(edited).ShouldBe(MergeResult.Changed);
        Take(Given.Message(1, revision: 3)).ShouldBe(MergeResult.Nothing);

        _window.Messages[0].ShouldBe(edited);
        _window.Revision.ShouldBe(4);
    }

    [Fact]
    public void Take_OfOneThatIsGone_IsNotHeldAndLeavesNoHole()
    {
        _window.Load(Given.Numbers(1), Given.Page(Given.Messages(1, 1)), Given.Noon);

        Take(Given.Message(2, expiresAt: Given.Noon)).ShouldBe(MergeResult.Nothing);
        Take(Given.Message(3, content: null)).ShouldBe(MergeResult.Nothing);

        ShouldHold(1);
        _window.HasGap.ShouldBeFalse();
        _window.CompleteSequence.ShouldBe(3);
    }

    [Fact]
    public void Take_OfOneBeforeTheWindow_IsNotHeld()
    {
        _window.Load(Given.Numbers(20), Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);

        Take(Given.Message(10, revision: 21)).ShouldBe(MergeResult.Nothing);

        ShouldHold([.. Given.Sequences(11, 20)]);
        _window.Revision.ShouldBe(21);
    }

    [Fact]
    public void Take_OfOneAfterAWindowInTheMiddle_IsNotHeldUntilThePagesReachIt()
    {
        LoadMiddle();

        Take(Given.Message(41)).ShouldBe(MergeResult.Nothing);
        ShouldHold([.. Given.Sequences(11, 20)]);
        (_window.HasEarlier, _window.HasLater, _window.HeldSequence, _window.CompleteSequence).ShouldBe((true, true, 20, 41));
        _window.HasGap.ShouldBeFalse();

        Append(21, 40, hasMoreAfter: true).ShouldBeTrue();
        Take(Given.Message(42)).ShouldBe(MergeResult.Nothing);
        Append(41, 42, hasMoreAfter: false).ShouldBeTrue();

        ShouldHold([.. Given.Sequences(11, 42)]);
        _window.HasLater.ShouldBeFalse();
        Take(Given.Message(43)).ShouldBe(MergeResult.Added);
    }

    [Fact]
    public void Append_OfThePageThatWasReadBeforeTheNewestMessageCame_IsNotTheEnd()
    {
        LoadMiddle();
        var mark = _window.Mark;

        Take(Given.Message(41));
        _window.Append(new MessagePage(Given.Messages(21, 40), HasMoreBefore: true, HasMoreAfter: false), mark, Given.Noon).ShouldBeTrue();

        ShouldHold([.. Given.Sequences(11, 40)]);
        _window.HasLater.ShouldBeTrue();
        Append(41, 41, hasMoreAfter: false).ShouldBeTrue();
        _window.HasLater.ShouldBeFalse();
    }

    [Fact]
    public void Append_OfAnEmptyPageAfterWhatWasToldOfHasExpired_IsTheEnd()
    {
        LoadMiddle();
        Take(Given.Message(41, expiresAt: Given.Noon.AddHours(1)));

        _window.Append(new MessagePage([], HasMoreBefore: true, HasMoreAfter: false), _window.Mark, Given.Noon.AddHours(2)).ShouldBeTrue();

        _window.HasLater.ShouldBeFalse();
    }

    [Fact]
    public void Append_OfAPageThatHasChangedSinceItWasRead_IsLeftToTheNextAttempt()
    {
        LoadMiddle();
        var mark = _window.Mark;
        Take(Given.Message(25, revision: 41)).ShouldBe(MergeResult.Nothing);

        _window.Append(new MessagePage(Given.Messages(21, 40), HasMoreBefore: true, HasMoreAfter: false), mark, Given.Noon).ShouldBeFalse();

        ShouldHold([.. Given.Sequences(11, 20)]);
    }

    [Fact]
    public void Replace_OfAWindowInTheMiddle_HoldsTheNewestPageAlone()
    {
        LoadMiddle();
        var mark = _window.Mark;

        _window.Replace(Given.Page(Given.Messages(36, 40), hasMoreBefore: true), mark, Given.Noon);
        _window.Append(Given.Page(Given.Messages(21, 30)), mark, Given.Noon).ShouldBeFalse("The page was asked for after another window.");

        ShouldHold([.. Given.Sequences(36, 40)]);
        (_window.HasEarlier, _window.HasLater).ShouldBe((true, false));
        Take(Given.Message(41)).ShouldBe(MergeResult.Added);
    }

    [Fact]
    public void Replace_WithAPageThatIsOlderThanWhatIsKnown_HasAHoleUntilThatIsAskedFor()
    {
        LoadMiddle();
        var mark = _window.Mark;
        Take(Given.Message(38, revision: 41));

        _window.Replace(Given.Page(Given.Messages(36, 40), hasMoreBefore: true), mark, Given.Noon);
        (_window.HasGap, _window.Revision).ShouldBe((true, 40));
        Take(Given.Message(38, revision: 41)).ShouldBe(MergeResult.Changed);
        _window.Recover(Given.Recovered(40, 41, []), _window.Revision);

        _window.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void Load_InTheMiddleWhileMessagesCome_LeavesThemToThePagesAfterIt()
    {
        Take(Given.Message(41));

        LoadMiddle();

        ShouldHold([.. Given.Sequences(11, 20)]);
        _window.HasLater.ShouldBeTrue();
    }

    [Fact]
    public void Take_BeforeTheFirstLoad_IsHeldAndIsNoHole()
    {
        Take(Given.Message(7)).ShouldBe(MergeResult.Added);

        ShouldHold(7);
        _window.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void Load_WithLiveMessagesThatTheNumbersDoNotKnow_KeepsThem()
    {
        Take(Given.Message(6));
        Take(Given.Message(7));

        _window.Load(Given.Numbers(5), Given.Page(Given.Messages(4, 6), hasMoreBefore: true), Given.Noon);

        ShouldHold(4, 5, 6, 7);
        _window.HasGap.ShouldBeFalse();
        _window.CompleteSequence.ShouldBe(7);
    }

    [Fact]
    public void Load_WithAHoleAmongTheLiveMessages_KnowsIt()
    {
        Take(Given.Message(8));

        _window.Load(Given.Numbers(6), Given.Page(Given.Messages(1, 6)), Given.Noon);

        ShouldHold(1, 2, 3, 4, 5, 6, 8);
        _window.HasGap.ShouldBeTrue();
        _window.CompleteSequence.ShouldBe(6);
    }

    [Fact]
    public void Load_WithAChangeThatCameWhileThePageWasRead_KeepsTheChange()
    {
        var edited = Given.Message(2, revision: 4);
        Take(edited);

        _window.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        _window.Messages[1].ShouldBe(edited);
        _window.Revision.ShouldBe(4);
    }

    [Fact]
    public void Load_AfterALiveMessageWasGoneAgain_DoesNotMissIt()
    {
        Take(Given.Message(4, expiresAt: Given.Noon));

        _window.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);
        Take(Given.Message(5));

        _window.HasGap.ShouldBeFalse();
        _window.CompleteSequence.ShouldBe(5);
    }

    [Fact]
    public void Load_BecauseTooMuchWasMissed_MixesNothingFromBeforeTheGap()
    {
        _window.Load(Given.Numbers(10), Given.Page(Given.Messages(1, 10)), Given.Noon);
        Take(Given.Message(900));

        _window.Load(Given.Numbers(900), Given.Page(Given.Messages(851, 900), hasMoreBefore: true), Given.Noon);

        ShouldHold([.. Given.Sequences(851, 900)]);
        _window.HasGap.ShouldBeFalse();
        _window.HasEarlier.ShouldBeTrue();
        _window.First.ShouldNotBeNull().Sequence.ShouldBe(851);
    }

    [Fact]
    public void Load_OfAPageWithoutOneThatWasHeld_LetsItGo()
    {
        _window.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        _window.Load(Given.Numbers(3), Given.Page([Given.Message(1), Given.Message(3)]), Given.Noon);

        ShouldHold(1, 3);
    }

    [Fact]
    public void Load_OfAPageThatWasReadLongAfterTheNumbers_KnowsWhatIsBetween()
    {
        _window.Load(Given.Numbers(100), Given.Page(Given.Messages(111, 160), hasMoreBefore: true), Given.Noon);

        _window.HasGap.ShouldBeTrue();
        _window.CompleteSequence.ShouldBe(100);

        foreach (var message in Given.Messages(101, 160))
            Take(message);
        _window.Recover(Given.Recovered(160, 160, []), _window.Revision);

        ShouldHold([.. Given.Sequences(111, 160)]);
        _window.HasGap.ShouldBeFalse();
        _window.CompleteSequence.ShouldBe(160);
    }

    [Fact]
    public void Recover_OfRevisionsThatHaveExpired_ClosesTheHole()
    {
        _window.Load(Given.Numbers(1), Given.Page(Given.Messages(1, 1)), Given.Noon);
        Take(Given.Message(5));

        _window.Recover(Given.Recovered(lastSequence: 4, revision: 4, []), _window.Revision);

        ShouldHold(1, 5);
        _window.HasGap.ShouldBeFalse();
        _window.Revision.ShouldBe(5);
        _window.CompleteSequence.ShouldBe(5);
    }

    [Fact]
    public void Recover_FromAnAnswerThatIsOlderThanWhatIsHeld_GoesNotBack()
    {
        _window.Load(Given.Numbers(5), Given.Page(Given.Messages(1, 5)), Given.Noon);

        _window.Recover(Given.Recovered(lastSequence: 3, revision: 3, []), _window.Revision);

        _window.Revision.ShouldBe(5);
        _window.CompleteSequence.ShouldBe(5);
    }

    [Fact]
    public void Prepend_OfPages_ReachesTheFirstMessage()
    {
        _window.Load(Given.Numbers(30), Given.Page(Given.Messages(21, 30), hasMoreBefore: true), Given.Noon);

        _window.Prepend(Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);
        _window.First.ShouldNotBeNull().Sequence.ShouldBe(11);
        _window.HasEarlier.ShouldBeTrue();
        _window.Prepend(Given.Page(Given.Messages(1, 10)), Given.Noon);

        ShouldHold([.. Given.Sequences(1, 30)]);
        _window.HasEarlier.ShouldBeFalse();
    }

    [Fact]
    public void Prepend_OfAPageThatExpiredOnItsWay_GoesOnBeforeIt()
    {
        _window.Load(Given.Numbers(20), Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);

        _window.Prepend(Given.Page([Given.Message(9, expiresAt: Given.Noon), Given.Message(10, expiresAt: Given.Noon)], hasMoreBefore: true), Given.Noon);

        ShouldHold([.. Given.Sequences(11, 20)]);
        _window.First.ShouldNotBeNull().Sequence.ShouldBe(9);
    }

    [Fact]
    public void Trim_ToANumber_ForgetsTheOldestAndSaysThatThereAreMore()
    {
        _window.Load(Given.Numbers(10), Given.Page(Given.Messages(1, 10)), Given.Noon);

        _window.Trim(4);

        ShouldHold(7, 8, 9, 10);
        _window.HasEarlier.ShouldBeTrue();
        _window.First.ShouldNotBeNull().Sequence.ShouldBe(7);
        Take(Given.Message(6)).ShouldBe(MergeResult.Nothing);
        _window.Trim(4);
        ShouldHold(7, 8, 9, 10);
    }

    [Fact]
    public void RemoveExpired_AroundTheInstant_TakesOutWhatIsGoneAtTheInstantItself()
    {
        var end = Given.Noon.AddHours(1);
        _window.Load(Given.Numbers(3), Given.Page([Given.Message(1), Given.Message(2, expiresAt: end), Given.Message(3)]), Given.Noon);

        _window.NextExpiry.ShouldBe(end);
        _window.RemoveExpired(end.AddTicks(-1)).ShouldBeEmpty();
        _window.RemoveExpired(end).Select(message => message.Sequence).ShouldBe([2]);

        ShouldHold(1, 3);
        _window.NextExpiry.ShouldBeNull();
        _window.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void TakePointer_OfOneUser_MovesForwardAlone()
    {
        _window.TakePointer(Given.Ines.Id, 3).ShouldBeTrue();
        _window.TakePointer(Given.Ines.Id, 2).ShouldBeFalse();
        _window.TakePointer(Given.Stan.Id, 5).ShouldBeTrue();

        _window.ReadBy(Given.Ines.Id).ShouldBe(3);
        _window.ReadByOthersThan(Given.Ines.Id).ShouldBe(5);
        _window.ReadByOthersThan(Given.Stan.Id).ShouldBe(3);
    }

    /// <summary>Creates a window with ten of forty messages.</summary>
    private void LoadMiddle() =>
        _window.Load(Given.Numbers(40), new MessagePage(Given.Messages(11, 20), HasMoreBefore: true, HasMoreAfter: true), Given.Noon);

    /// <summary>Reads a page and applies it immediately.</summary>
    private bool Append(long from, long to, bool hasMoreAfter) =>
        _window.Append(new MessagePage(Given.Messages(from, to), HasMoreBefore: true, hasMoreAfter), _window.Mark, Given.Noon);

    private MergeResult Take(Message message) => _window.Take(message, Given.Noon);

    private void ShouldHold(params long[] sequences)
    {
        _window.Messages.Select(message => message.Sequence).ShouldBe(sequences);
        _window.Count.ShouldBe(sequences.Length);
    }
}
