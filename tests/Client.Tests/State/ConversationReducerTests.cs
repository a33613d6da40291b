namespace CleanMessaging.Client.Tests.State;

public sealed class ConversationReducerTests
{
    private readonly ReducedConversation _conversation = new();

    [Fact]
    public void Take_OfEachMessageInOrder_KeepsThemAndHasNoGap()
    {
        _conversation.Load(Given.Numbers(0), Given.Page([]), Given.Noon);

        foreach (var message in Given.Messages(1, 3))
            Take(message).ShouldBe(MergeResult.Added);

        MessagesShouldBe(1, 2, 3);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.Revision.ShouldBe(3);
        _conversation.CompleteSequence.ShouldBe(3);
    }

    [Fact]
    public void Take_OfOneThatIsHeld_ChangesNothing()
    {
        _conversation.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        Take(Given.Message(2)).ShouldBe(MergeResult.Nothing);

        MessagesShouldBe(1, 2, 3);
    }

    [Fact]
    public void Take_OutOfOrder_KeepsThemInOrderAndClosesTheGap()
    {
        _conversation.Load(Given.Numbers(1), Given.Page(Given.Messages(1, 1)), Given.Noon);

        Take(Given.Message(4)).ShouldBe(MergeResult.Added);
        _conversation.HasGap.ShouldBeTrue();
        _conversation.CompleteSequence.ShouldBe(1);
        Take(Given.Message(3));
        _conversation.HasGap.ShouldBeTrue();
        Take(Given.Message(2));

        MessagesShouldBe(1, 2, 3, 4);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.CompleteSequence.ShouldBe(4);
    }

    [Fact]
    public void Take_OfALaterRevision_ReplacesAndOfAnEarlierOneDoesNot()
    {
        _conversation.Load(Given.Numbers(2), Given.Page(Given.Messages(1, 2)), Given.Noon);
        var edited = Given.Message(1, revision: 4);

        Take(edited).ShouldBe(MergeResult.Changed);
        Take(Given.Message(1, revision: 3)).ShouldBe(MergeResult.Nothing);

        _conversation.Messages[0].ShouldBe(edited);
        _conversation.Revision.ShouldBe(4);
    }

    [Fact]
    public void Take_OfOneThatHasExpired_IsNotKeptAndLeavesNoGap()
    {
        _conversation.Load(Given.Numbers(1), Given.Page(Given.Messages(1, 1)), Given.Noon);

        Take(Given.Message(2, expiresAt: Given.Noon)).ShouldBe(MergeResult.Nothing);
        Take(Given.Message(3, content: null)).ShouldBe(MergeResult.Nothing);

        MessagesShouldBe(1);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.CompleteSequence.ShouldBe(3);
    }

    [Fact]
    public void Take_OfOneBeforeTheWindow_IsNotKept()
    {
        _conversation.Load(Given.Numbers(20), Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);

        Take(Given.Message(10, revision: 21)).ShouldBe(MergeResult.Nothing);

        MessagesShouldBe([.. Given.Sequences(11, 20)]);
        _conversation.Revision.ShouldBe(21);
    }

    [Fact]
    public void Take_OfOneAfterAWindowInTheMiddle_IsNotKeptUntilThePagesReachIt()
    {
        LoadMiddle();

        Take(Given.Message(41)).ShouldBe(MergeResult.Nothing);
        MessagesShouldBe([.. Given.Sequences(11, 20)]);
        (_conversation.HasEarlier, _conversation.HasLater, _conversation.LoadedToSequence, _conversation.CompleteSequence)
            .ShouldBe((true, true, 20, 41));
        _conversation.HasGap.ShouldBeFalse();

        Append(21, 40, hasMoreAfter: true).ShouldBeTrue();
        Take(Given.Message(42)).ShouldBe(MergeResult.Nothing);
        Append(41, 42, hasMoreAfter: false).ShouldBeTrue();

        MessagesShouldBe([.. Given.Sequences(11, 42)]);
        _conversation.HasLater.ShouldBeFalse();
        Take(Given.Message(43)).ShouldBe(MergeResult.Added);
    }

    [Fact]
    public void Append_OfThePageThatWasReadBeforeTheNewestMessageCame_IsNotTheEnd()
    {
        LoadMiddle();
        var mark = _conversation.Mark;

        Take(Given.Message(41));
        _conversation.Append(new MessagePage(Given.Messages(21, 40), HasMoreBefore: true, HasMoreAfter: false), mark, Given.Noon)
            .ShouldBeTrue();

        MessagesShouldBe([.. Given.Sequences(11, 40)]);
        _conversation.HasLater.ShouldBeTrue();
        Append(41, 41, hasMoreAfter: false).ShouldBeTrue();
        _conversation.HasLater.ShouldBeFalse();
    }

    [Fact]
    public void Append_OfAnEmptyPageAfterWhatWasAnnouncedHasExpired_IsTheEnd()
    {
        LoadMiddle();
        Take(Given.Message(41, expiresAt: Given.Noon.AddHours(1)));

        _conversation.Append(new MessagePage([], HasMoreBefore: true, HasMoreAfter: false), _conversation.Mark, Given.Noon.AddHours(2))
            .ShouldBeTrue();

        _conversation.HasLater.ShouldBeFalse();
    }

    [Fact]
    public void Append_OfAPageThatHasChangedSinceItWasRead_IsLeftToTheNextAttempt()
    {
        LoadMiddle();
        var mark = _conversation.Mark;
        Take(Given.Message(25, revision: 41)).ShouldBe(MergeResult.Nothing);

        _conversation.Append(new MessagePage(Given.Messages(21, 40), HasMoreBefore: true, HasMoreAfter: false), mark, Given.Noon)
            .ShouldBeFalse();

        MessagesShouldBe([.. Given.Sequences(11, 20)]);
    }

    [Fact]
    public void Replace_OfAWindowInTheMiddle_KeepsTheNewestPageOnly()
    {
        LoadMiddle();
        var mark = _conversation.Mark;

        _conversation.Replace(Given.Page(Given.Messages(36, 40), hasMoreBefore: true), mark, Given.Noon);
        _conversation.Append(Given.Page(Given.Messages(21, 30)), mark, Given.Noon)
            .ShouldBeFalse("The page was asked for after another window.");

        MessagesShouldBe([.. Given.Sequences(36, 40)]);
        (_conversation.HasEarlier, _conversation.HasLater).ShouldBe((true, false));
        Take(Given.Message(41)).ShouldBe(MergeResult.Added);
    }

    [Fact]
    public void Replace_WithAPageThatIsOlderThanWhatIsKnown_HasAGapUntilThatIsAskedFor()
    {
        LoadMiddle();
        var mark = _conversation.Mark;
        Take(Given.Message(38, revision: 41));

        _conversation.Replace(Given.Page(Given.Messages(36, 40), hasMoreBefore: true), mark, Given.Noon);
        (_conversation.HasGap, _conversation.Revision).ShouldBe((true, 40));
        Take(Given.Message(38, revision: 41)).ShouldBe(MergeResult.Changed);
        _conversation.Recover(Given.Recovered(40, 41, []), _conversation.Revision);

        _conversation.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void Load_InTheMiddleWhileMessagesCome_LeavesThemToThePagesAfterIt()
    {
        Take(Given.Message(41));

        LoadMiddle();

        MessagesShouldBe([.. Given.Sequences(11, 20)]);
        _conversation.HasLater.ShouldBeTrue();
    }

    [Fact]
    public void Take_BeforeTheFirstLoad_IsHeldAndIsNoGap()
    {
        Take(Given.Message(7)).ShouldBe(MergeResult.Added);

        MessagesShouldBe(7);
        _conversation.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void Load_WithLiveMessagesThatTheNumbersDoNotKnow_KeepsThem()
    {
        Take(Given.Message(6));
        Take(Given.Message(7));

        _conversation.Load(Given.Numbers(5), Given.Page(Given.Messages(4, 6), hasMoreBefore: true), Given.Noon);

        MessagesShouldBe(4, 5, 6, 7);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.CompleteSequence.ShouldBe(7);
    }

    [Fact]
    public void Load_WithAGapAmongTheLiveMessages_KnowsIt()
    {
        Take(Given.Message(8));

        _conversation.Load(Given.Numbers(6), Given.Page(Given.Messages(1, 6)), Given.Noon);

        MessagesShouldBe(1, 2, 3, 4, 5, 6, 8);
        _conversation.HasGap.ShouldBeTrue();
        _conversation.CompleteSequence.ShouldBe(6);
    }

    [Fact]
    public void Load_WithAChangeThatCameWhileThePageWasRead_KeepsTheChange()
    {
        var edited = Given.Message(2, revision: 4);
        Take(edited);

        _conversation.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        _conversation.Messages[1].ShouldBe(edited);
        _conversation.Revision.ShouldBe(4);
    }

    [Fact]
    public void Load_AfterALiveMessageHasExpiredAgain_DoesNotMissIt()
    {
        Take(Given.Message(4, expiresAt: Given.Noon));

        _conversation.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);
        Take(Given.Message(5));

        _conversation.HasGap.ShouldBeFalse();
        _conversation.CompleteSequence.ShouldBe(5);
    }

    [Fact]
    public void Load_BecauseTooMuchWasMissed_MixesNothingFromBeforeTheGap()
    {
        _conversation.Load(Given.Numbers(10), Given.Page(Given.Messages(1, 10)), Given.Noon);
        Take(Given.Message(900));

        _conversation.Load(Given.Numbers(900), Given.Page(Given.Messages(851, 900), hasMoreBefore: true), Given.Noon);

        MessagesShouldBe([.. Given.Sequences(851, 900)]);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.HasEarlier.ShouldBeTrue();
        _conversation.First.ShouldNotBeNull().Sequence.ShouldBe(851);
    }

    [Fact]
    public void Load_OfAPageWithoutOneThatWasHeld_LetsItGo()
    {
        _conversation.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        _conversation.Load(Given.Numbers(3), Given.Page([Given.Message(1), Given.Message(3)]), Given.Noon);

        MessagesShouldBe(1, 3);
    }

    [Fact]
    public void Load_OfAPageThatWasReadLongAfterTheNumbers_KnowsWhatIsBetween()
    {
        _conversation.Load(Given.Numbers(100), Given.Page(Given.Messages(111, 160), hasMoreBefore: true), Given.Noon);

        _conversation.HasGap.ShouldBeTrue();
        _conversation.CompleteSequence.ShouldBe(100);

        foreach (var message in Given.Messages(101, 160))
            Take(message);
        _conversation.Recover(Given.Recovered(160, 160, []), _conversation.Revision);

        MessagesShouldBe([.. Given.Sequences(111, 160)]);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.CompleteSequence.ShouldBe(160);
    }

    [Fact]
    public void Recover_OfRevisionsThatHaveExpired_ClosesTheGap()
    {
        _conversation.Load(Given.Numbers(1), Given.Page(Given.Messages(1, 1)), Given.Noon);
        Take(Given.Message(5));

        _conversation.Recover(Given.Recovered(lastSequence: 4, revision: 4, []), _conversation.Revision);

        MessagesShouldBe(1, 5);
        _conversation.HasGap.ShouldBeFalse();
        _conversation.Revision.ShouldBe(5);
        _conversation.CompleteSequence.ShouldBe(5);
    }

    [Fact]
    public void Recover_FromAnAnswerThatIsOlderThanWhatIsHeld_GoesNotBack()
    {
        _conversation.Load(Given.Numbers(5), Given.Page(Given.Messages(1, 5)), Given.Noon);

        _conversation.Recover(Given.Recovered(lastSequence: 3, revision: 3, []), _conversation.Revision);

        _conversation.Revision.ShouldBe(5);
        _conversation.CompleteSequence.ShouldBe(5);
    }

    [Fact]
    public void Prepend_OfPages_ReachesTheFirstMessage()
    {
        _conversation.Load(Given.Numbers(30), Given.Page(Given.Messages(21, 30), hasMoreBefore: true), Given.Noon);

        _conversation.Prepend(Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);
        _conversation.First.ShouldNotBeNull().Sequence.ShouldBe(11);
        _conversation.HasEarlier.ShouldBeTrue();
        _conversation.Prepend(Given.Page(Given.Messages(1, 10)), Given.Noon);

        MessagesShouldBe([.. Given.Sequences(1, 30)]);
        _conversation.HasEarlier.ShouldBeFalse();
    }

    [Fact]
    public void Prepend_OfAPageThatExpiredOnItsWay_GoesOnBeforeIt()
    {
        _conversation.Load(Given.Numbers(20), Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);

        _conversation.Prepend(
            Given.Page([Given.Message(9, expiresAt: Given.Noon), Given.Message(10, expiresAt: Given.Noon)], hasMoreBefore: true),
            Given.Noon);

        MessagesShouldBe([.. Given.Sequences(11, 20)]);
        _conversation.First.ShouldNotBeNull().Sequence.ShouldBe(9);
    }

    [Fact]
    public void Trim_ToANumber_ForgetsTheOldestAndSaysThatThereAreMore()
    {
        _conversation.Load(Given.Numbers(10), Given.Page(Given.Messages(1, 10)), Given.Noon);

        _conversation.TrimTo(4);

        MessagesShouldBe(7, 8, 9, 10);
        _conversation.HasEarlier.ShouldBeTrue();
        _conversation.First.ShouldNotBeNull().Sequence.ShouldBe(7);
        Take(Given.Message(6)).ShouldBe(MergeResult.Nothing);
        _conversation.TrimTo(4);
        MessagesShouldBe(7, 8, 9, 10);
    }

    [Fact]
    public void RemoveExpired_AroundTheInstant_RemovesWhatHasExpiredAtTheInstantItself()
    {
        var end = Given.Noon.AddHours(1);
        _conversation.Load(
            Given.Numbers(3), Given.Page([Given.Message(1), Given.Message(2, expiresAt: end), Given.Message(3)]), Given.Noon);

        _conversation.NextExpiry.ShouldBe(end);
        _conversation.Expire(end.AddTicks(-1)).ShouldBeEmpty();
        _conversation.Expire(end).Select(message => message.Sequence).ShouldBe([2]);

        MessagesShouldBe(1, 3);
        _conversation.NextExpiry.ShouldBeNull();
        _conversation.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void TakePointer_OfOneUser_MovesForwardOnly()
    {
        _conversation.MoveReadPointer(Given.Ines.Id, 3).ShouldBeTrue();
        _conversation.MoveReadPointer(Given.Ines.Id, 2).ShouldBeFalse();
        _conversation.MoveReadPointer(Given.Stan.Id, 5).ShouldBeTrue();

        _conversation.ReadBy(Given.Ines.Id).ShouldBe(3);
        _conversation.ReadByOthersThan(Given.Ines.Id).ShouldBe(5);
        _conversation.ReadByOthersThan(Given.Stan.Id).ShouldBe(3);
    }

    /// <summary>Creates a window with ten of forty messages.</summary>
    private void LoadMiddle() =>
        _conversation.Load(Given.Numbers(40), new MessagePage(Given.Messages(11, 20), HasMoreBefore: true, HasMoreAfter: true), Given.Noon);

    /// <summary>Reads a page and applies it immediately.</summary>
    private bool Append(long from, long to, bool hasMoreAfter) =>
        _conversation.Append(new MessagePage(Given.Messages(from, to), HasMoreBefore: true, hasMoreAfter), _conversation.Mark, Given.Noon);

    private MergeResult Take(Message message) => _conversation.Receive(message, Given.Noon);

    private void MessagesShouldBe(params long[] sequences)
    {
        _conversation.Messages.Select(message => message.Sequence).ShouldBe(sequences);
        _conversation.Count.ShouldBe(sequences.Length);
    }
}
