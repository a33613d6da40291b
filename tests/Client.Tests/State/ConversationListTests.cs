namespace CleanMessaging.Client.Tests.State;

public sealed class ConversationListTests
{
    private ConversationList _list = ConversationList.Empty;

    [Fact]
    public void Update_OfANewMessage_MovesItsConversationToTheTop()
    {
        ReplaceBeginning([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);

        Update(At(3, 10)).ShouldBeTrue();

        ShouldBe(3, 1, 2);
    }

    [Fact]
    public void Update_OfAReadPointer_LeavesItInItsPlace()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: null);

        Update(At(2, 8) with { UnreadCount = 0, Participants = Given.Conversation(2, readByInes: 8).Participants }).ShouldBeTrue();

        ShouldBe(1, 2);
        _list.Snapshot()[1].Participants[0].LastReadSequence.ShouldBe(8);
    }

    [Fact]
    public void Update_OfADeletedConversation_IsNotListedUntilTheNextMessage()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: null);

        Update(At(1, 9) with { LastMessage = null, Personal = PersonalState.None with { Revision = 1, Deleted = true } }).ShouldBeTrue();
        ShouldBe(2);
        Update(At(1, 9)).ShouldBeFalse("an older personal state");
        ShouldBe(2);

        Update(At(1, 10) with { Personal = PersonalState.None with { Revision = 1 } }).ShouldBeTrue();
        ShouldBe(1, 2);
    }

    [Fact]
    public void Update_OfTheSame_ChangesNothing()
    {
        ReplaceBeginning([At(1, 9)], nextCursor: null);

        Update(At(1, 9)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Update_OfADeactivationOrReactivation_ChangesTheParticipantAtTheSameRevision(bool isDeactivated)
    {
        ReplaceBeginning([At(1, 9), WithStanDeactivated(At(2, 8), !isDeactivated)], nextCursor: null);

        Update(WithStanDeactivated(At(2, 8), isDeactivated)).ShouldBeTrue();

        ShouldBe(1, 2);
        _list.Snapshot()[1].OtherThan(Given.Ines.Id).IsDeactivated.ShouldBe(isDeactivated);
    }

    [Fact]
    public void Update_OfAnOlderRevisionOrPointer_ChangesNothing()
    {
        var read = Given.Conversation(1, Given.Message(9), readByInes: 9);
        ReplaceBeginning([read], nextCursor: null);

        Update(At(1, 8)).ShouldBeFalse();
        Update(At(1, 9)).ShouldBeFalse();

        _list.Snapshot().ShouldHaveSingleItem().ShouldBe(read);
    }

    [Fact]
    public void Update_OutOfOrder_EndsInTheOrderOfTheActivity()
    {
        ReplaceBeginning([At(1, 1), At(2, 1), At(3, 1)], nextCursor: null);

        Update(At(3, 11));
        Update(At(2, 10));

        ShouldBe(3, 2, 1);
    }

    [Fact]
    public void Update_OfANewConversation_AddsIt()
    {
        ReplaceBeginning([At(5, 3)], nextCursor: null);

        Update(At(4, 6)).ShouldBeTrue();
        Update(Given.Conversation(6)).ShouldBeTrue();

        ShouldBe(4, 5, 6);
    }

    [Fact]
    public void Update_OfAWantedOneInThePartThatIsNotLoaded_KeepsItBeyondTheRest()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");

        AddSingle(At(3, 6)).ShouldBeTrue();
        AddSingle(At(4, 7)).ShouldBeTrue();
        AddSingle(At(4, 7)).ShouldBeFalse();

        ShouldBe(1, 2, 4, 3);
        _list.Beginning.Count.ShouldBe(2);
        _list.Contains(Given.IdOf(3)).ShouldBeTrue();
        _list.Singles.Keys.ShouldBe([Given.IdOf(3), Given.IdOf(4)], ignoreOrder: true);
    }

    [Fact]
    public void Update_OfAWantedOneInThePartThatIsLoaded_PutsItThere()
    {
        ReplaceBeginning([At(1, 9), At(2, 7)], nextCursor: "more");

        AddSingle(At(3, 8)).ShouldBeTrue();

        ShouldBe(1, 3, 2);
        _list.Singles.Keys.ShouldBeEmpty();
    }

    [Fact]
    public void Update_OfANewMessageInOneBeyondTheRest_MovesItToTheTop()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");
        AddSingle(At(3, 5));

        Update(At(3, 6)).ShouldBeTrue();
        ShouldBe(1, 2, 3);
        Update(At(3, 10)).ShouldBeTrue();

        ShouldBe(3, 1, 2);
        _list.Singles.Keys.ShouldBeEmpty();
    }

    [Fact]
    public void AppendPage_WithOneThatWasKeptBeyondTheRest_HasItInItsPlaceOnce()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");
        AddSingle(At(4, 6));
        Update(At(4, 6) with { UnreadCount = 1, Revision = 7 });

        AppendPage([At(3, 7), At(4, 6), At(5, 5)], nextCursor: "still more");

        ShouldBe(1, 2, 3, 4, 5);
        _list.Snapshot()[3].UnreadCount.ShouldBe(1);
        _list.Singles.Keys.ShouldBeEmpty();
    }

    [Fact]
    public void ReplaceBeginning_WhileOneIsKeptBeyondTheRest_KeepsItUntilEverythingIsLoaded()
    {
        ReplaceBeginning([At(1, 9)], nextCursor: "more");
        AddSingle(At(3, 5));

        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more", Given.IdOf(3));
        ShouldBe(1, 2, 3);
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: null, Given.IdOf(3));

        ShouldBe(1, 2);
    }

    [Fact]
    public void ReplaceBeginning_WithSomeWanted_KeepsOnlyThoseBeyondTheRest()
    {
        ReplaceBeginning([At(1, 9)], nextCursor: "more");
        AddSingle(At(3, 5));
        AddSingle(At(4, 4));

        ReplaceBeginning([At(1, 9)], nextCursor: "more", Given.IdOf(4), Given.IdOf(7));

        ShouldBe(1, 4);
    }

    [Fact]
    public void ExpirePreviews_OfOneBeyondTheRest_ShowsNone()
    {
        ReplaceBeginning([At(1, 9)], nextCursor: "more");
        AddSingle(Ending(3, 5, Given.Noon));

        _list = _list.ExpirePreviews(Given.Noon);

        ShouldBe(1, 3);
        _list.Snapshot()[1].LastMessage.ShouldBeNull();
    }

    [Fact]
    public void Update_OfOneInThePartThatIsNotLoaded_IsLeftToThatPart()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");

        Update(At(3, 7)).ShouldBeFalse();
        ShouldBe(1, 2);

        Update(At(3, 10)).ShouldBeTrue();
        ShouldBe(3, 1, 2);
    }

    [Fact]
    public void Update_OfTheLastOneWhoseNewestMessageHasExpired_KeepsIt()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");

        Update(Given.Conversation(2, lastMessage: null, lastSequence: 10)).ShouldBeTrue();

        ShouldBe(1, 2);
    }

    [Fact]
    public void Update_OfOneWhoseNewestMessageExpired_DoesNotMoveBack()
    {
        ReplaceBeginning([Ending(1, 9, Given.Noon), At(2, 8)], nextCursor: null);
        _list = _list.ExpirePreviews(Given.Noon);
        _list.Snapshot()[0].LastMessage.ShouldBeNull();

        Update(At(1, 9) with { LastMessage = Given.Message(3) }).ShouldBeTrue();
        Update(At(2, 8) with { UnreadCount = 1 }).ShouldBeTrue();

        ShouldBe(1, 2);
    }

    [Fact]
    public void ReplaceBeginning_WhileAMessageCame_KeepsTheMessageAndItsPlace()
    {
        ReplaceBeginning([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);
        var update = At(3, 10);
        Update(update);

        ReplaceBeginning([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null).ShouldBeEmpty();

        ShouldBe(3, 1, 2);
        _list.Snapshot()[0].ShouldBe(update);
    }

    [Fact]
    public void ReplaceBeginning_WhileConversationsBegan_KeepsThemOnTop()
    {
        ReplaceBeginning([At(1, 1)], nextCursor: null);
        Update(At(2, 10));
        Update(At(3, 11));

        ReplaceBeginning([At(1, 1)], nextCursor: null);

        ShouldBe(3, 2, 1);
    }

    [Fact]
    public void ReplaceBeginning_InAnotherOrder_HasTheServersOrder()
    {
        ReplaceBeginning([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);

        // Its newest message has expired, so no visible message explains why it is first.
        var hidden = Given.Conversation(3, Given.Message(2), lastSequence: 12);
        ReplaceBeginning([hidden, At(1, 9), At(2, 8)], nextCursor: null).ShouldBe([hidden]);
        Update(At(2, 8) with { UnreadCount = 1 });
        ShouldBe(3, 1, 2);

        Update(At(2, 10));
        ShouldBe(2, 3, 1);
    }

    [Fact]
    public void ReplaceBeginning_WithLessThanBefore_ForgetsWhatIsInThePartThatIsNotLoaded()
    {
        ReplaceBeginning([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);

        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");

        ShouldBe(1, 2);
        _list.NextCursor.ShouldBe("more");
    }

    [Fact]
    public void AppendPage_WithSomeThatAreKnown_AddsTheOthersAndHasWhatIsNewer()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: "more");
        Update(At(3, 10));

        AppendPage([At(3, 11), At(4, 6)], nextCursor: null);

        ShouldBe(3, 1, 2, 4);
        _list.Snapshot()[0].LastSequence.ShouldBe(11);
        _list.NextCursor.ShouldBeNull();
    }

    [Fact]
    public void ExpirePreviews_AroundAnEnd_RemovesWhatHasExpiredAndLeavesTheNext()
    {
        var (first, second) = (Given.Noon.AddHours(1), Given.Noon.AddHours(2));
        ReplaceBeginning([Ending(1, 9, first), Ending(2, 8, second), At(3, 7)], nextCursor: null);

        _list.ExpirePreviews(first.AddTicks(-1)).ShouldBe(_list);
        _list.NextPreviewExpiry.ShouldBe(first);
        _list = _list.ExpirePreviews(first);
        ShouldBe(1, 2, 3);
        _list.Snapshot().Select(conversation => conversation.LastMessage is null).ShouldBe([true, false, false]);
        _list.NextPreviewExpiry.ShouldBe(second);
        _list.ExpirePreviews(second).NextPreviewExpiry.ShouldBeNull();
    }

    /// <summary>Creates a conversation whose newest message is from that second.</summary>
    private static Conversation At(int number, long sequence) =>
        Given.Conversation(number, Given.Message(sequence, conversationId: Given.IdOf(number)));

    private static Conversation WithStanDeactivated(Conversation conversation, bool isDeactivated) => conversation with
    {
        Participants =
            [.. conversation.Participants.Select(one => one.UserId == Given.Stan.Id ? one with { IsDeactivated = isDeactivated } : one)],
    };

    [Fact]
    public void RemovePreview_OfTheDeletedMessage_KeepsItsPlaceAndRejectsOlderUpdates()
    {
        ReplaceBeginning([At(1, 9), At(2, 8)], nextCursor: null);

        _list = _list.RemovePreview(Given.IdOf(1), Given.Deleted(9, revision: 12));
        Update(At(1, 9)).ShouldBeFalse();

        ShouldBe(1, 2);
        _list.Snapshot()[0].LastMessage.ShouldBeNull();
        Update(At(1, 7) with { Revision = 12 }).ShouldBeTrue();
        _list.Snapshot()[0].LastMessage.ShouldNotBeNull().Sequence.ShouldBe(7);
    }

    [Fact]
    public void RemovePreview_OfAnotherMessage_ChangesNothing()
    {
        ReplaceBeginning([At(1, 9)], nextCursor: null);

        _list.RemovePreview(Given.IdOf(1), Given.Deleted(8, revision: 12)).ShouldBeSameAs(_list);
        _list.RemovePreview(Given.IdOf(2), Given.Deleted(9, revision: 12)).ShouldBeSameAs(_list);
    }

    private static Conversation Ending(int number, long sequence, DateTimeOffset end) =>
        Given.Conversation(number, Given.Message(sequence, expiresAt: end, conversationId: Given.IdOf(number)));

    /// <returns>The conversations that are new or have changed.</returns>
    private IReadOnlyList<Conversation> ReplaceBeginning(IReadOnlyList<Conversation> first, string? nextCursor, params Guid[] wanted)
    {
        var before = _list.Snapshot();
        _list = _list.ReplaceBeginning(first, nextCursor, wanted.ToHashSet());

        return [.. _list.Snapshot().Except(before)];
    }

    private void AppendPage(IReadOnlyList<Conversation> next, string? nextCursor) => _list = _list.AppendPage(next, nextCursor);

    /// <returns>Whether the list has changed.</returns>
    private bool Update(Conversation update, bool isWanted = false)
    {
        var before = _list;
        _list = _list.Update(update, isWanted);

        return _list != before;
    }

    private bool AddSingle(Conversation update) => Update(update, isWanted: true);

    private void ShouldBe(params int[] numbers) =>
        _list.Snapshot().Select(conversation => conversation.Id).ShouldBe(numbers.Select(number => Given.IdOf(number)));
}
