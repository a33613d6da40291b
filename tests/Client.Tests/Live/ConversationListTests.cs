namespace CleanMessaging.Client.Tests.Live;

public sealed class ConversationListTests
{
    private readonly ConversationList _list = new();

    [Fact]
    public void Take_OfANewMessage_MovesItsConversationToTheTop()
    {
        _list.TakeFirst([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);

        _list.Take(At(3, 10)).ShouldBeTrue();

        ShouldBe(3, 1, 2);
    }

    [Fact]
    public void Take_OfAReadPointer_LeavesItInItsPlace()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: null);

        _list.Take(At(2, 8) with { UnreadCount = 0, Participants = Given.Conversation(2, readByInes: 8).Participants }).ShouldBeTrue();

        ShouldBe(1, 2);
        _list.Snapshot()[1].Participants[0].LastReadSequence.ShouldBe(8);
    }

    [Fact]
    public void Take_OfTheSame_ChangesNothing()
    {
        _list.TakeFirst([At(1, 9)], nextCursor: null);

        _list.Take(At(1, 9)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Take_OfADeactivationOrReactivation_ChangesTheParticipantAtTheSameRevision(bool isDeactivated)
    {
        _list.TakeFirst([At(1, 9), WithStanDeactivated(At(2, 8), !isDeactivated)], nextCursor: null);

        _list.Take(WithStanDeactivated(At(2, 8), isDeactivated)).ShouldBeTrue();

        ShouldBe(1, 2);
        _list.Snapshot()[1].OtherThan(Given.Ines.Id).IsDeactivated.ShouldBe(isDeactivated);
    }

    [Fact]
    public void Take_OfAnOlderRevisionOrPointer_ChangesNothing()
    {
        var read = Given.Conversation(1, Given.Message(9), readByInes: 9);
        _list.TakeFirst([read], nextCursor: null);

        _list.Take(At(1, 8)).ShouldBeFalse();
        _list.Take(At(1, 9)).ShouldBeFalse();

        _list.Snapshot().ShouldHaveSingleItem().ShouldBe(read);
    }

    [Fact]
    public void Take_OutOfOrder_EndsInTheOrderOfTheActivity()
    {
        _list.TakeFirst([At(1, 1), At(2, 1), At(3, 1)], nextCursor: null);

        _list.Take(At(3, 11));
        _list.Take(At(2, 10));

        ShouldBe(3, 2, 1);
    }

    [Fact]
    public void Take_OfANewConversation_AddsIt()
    {
        _list.TakeFirst([At(5, 3)], nextCursor: null);

        _list.Take(At(4, 6)).ShouldBeTrue();
        _list.Take(Given.Conversation(6)).ShouldBeTrue();

        ShouldBe(4, 5, 6);
    }

    [Fact]
    public void TakeSingle_OfOneInThePartThatWasNotRead_KeepsItBeyondTheRest()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");

        _list.TakeSingle(At(3, 6)).ShouldBeTrue();
        _list.TakeSingle(At(4, 7)).ShouldBeTrue();
        _list.TakeSingle(At(4, 7)).ShouldBeFalse();

        ShouldBe(1, 2, 4, 3);
        _list.Count.ShouldBe(2);
        _list.Contains(Given.IdOf(3)).ShouldBeTrue();
        _list.Apart.ShouldBe([Given.IdOf(3), Given.IdOf(4)], ignoreOrder: true);
    }

    [Fact]
    public void TakeSingle_OfOneInThePartThatWasRead_PutsItThere()
    {
        _list.TakeFirst([At(1, 9), At(2, 7)], nextCursor: "more");

        _list.TakeSingle(At(3, 8)).ShouldBeTrue();

        ShouldBe(1, 3, 2);
        _list.Apart.ShouldBeEmpty();
    }

    [Fact]
    public void Take_OfANewMessageInOneBeyondTheRest_MovesItToTheTop()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");
        _list.TakeSingle(At(3, 5));

        _list.Take(At(3, 6)).ShouldBeTrue();
        ShouldBe(1, 2, 3);
        _list.Take(At(3, 10)).ShouldBeTrue();

        ShouldBe(3, 1, 2);
        _list.Apart.ShouldBeEmpty();
    }

    [Fact]
    public void TakeNext_WithOneThatWasHeldBeyondTheRest_HasItInItsPlaceOnce()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");
        _list.TakeSingle(At(4, 6));
        _list.Take(At(4, 6) with { UnreadCount = 1, Revision = 7 });

        _list.TakeNext([At(3, 7), At(4, 6), At(5, 5)], nextCursor: "still more");

        ShouldBe(1, 2, 3, 4, 5);
        _list.Snapshot()[3].UnreadCount.ShouldBe(1);
        _list.Apart.ShouldBeEmpty();
    }

    [Fact]
    public void TakeFirst_WhileOneIsHeldBeyondTheRest_KeepsItUntilEverythingIsRead()
    {
        _list.TakeFirst([At(1, 9)], nextCursor: "more");
        _list.TakeSingle(At(3, 5));

        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");
        ShouldBe(1, 2, 3);
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: null);

        ShouldBe(1, 2);
    }

    [Fact]
    public void KeepApart_OfSome_ForgetsTheOthers()
    {
        _list.TakeFirst([At(1, 9)], nextCursor: "more");
        _list.TakeSingle(At(3, 5));
        _list.TakeSingle(At(4, 4));

        _list.KeepApart(new HashSet<Guid> { Given.IdOf(4), Given.IdOf(7) });

        ShouldBe(1, 4);
    }

    [Fact]
    public void DropPreview_OfOneBeyondTheRest_ShowsNone()
    {
        _list.TakeFirst([At(1, 9)], nextCursor: "more");
        _list.TakeSingle(At(3, 5));

        _list.DropPreview(Given.IdOf(3)).ShouldNotBeNull().LastMessage.ShouldBeNull();

        _list.Snapshot()[1].LastMessage.ShouldBeNull();
    }

    [Fact]
    public void Take_OfOneInThePartThatWasNotRead_IsLeftToThatPart()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");

        _list.Take(At(3, 7)).ShouldBeFalse();
        ShouldBe(1, 2);

        _list.Take(At(3, 10)).ShouldBeTrue();
        ShouldBe(3, 1, 2);
    }

    [Fact]
    public void Take_OfTheLastOneWhoseNewestMessageHasExpired_KeepsIt()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");

        _list.Take(Given.Conversation(2, lastMessage: null, lastSequence: 10)).ShouldBeTrue();

        ShouldBe(1, 2);
    }

    [Fact]
    public void Take_OfOneWhoseNewestMessageExpired_JumpsNotBack()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: null);
        _list.DropPreview(Given.IdOf(1)).ShouldNotBeNull().LastMessage.ShouldBeNull();

        _list.Take(At(1, 9) with { LastMessage = Given.Message(3) }).ShouldBeTrue();
        _list.Take(At(2, 8) with { UnreadCount = 1 }).ShouldBeTrue();

        ShouldBe(1, 2);
    }

    [Fact]
    public void TakeFirst_WhileAMessageCame_KeepsTheMessageAndItsPlace()
    {
        _list.TakeFirst([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);
        var told = At(3, 10);
        _list.Take(told);

        _list.TakeFirst([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null).ShouldBeEmpty();

        ShouldBe(3, 1, 2);
        _list.Snapshot()[0].ShouldBe(told);
    }

    [Fact]
    public void TakeFirst_WhileConversationsBegan_KeepsThemOnTop()
    {
        _list.TakeFirst([At(1, 1)], nextCursor: null);
        _list.Take(At(2, 10));
        _list.Take(At(3, 11));

        _list.TakeFirst([At(1, 1)], nextCursor: null);

        ShouldBe(3, 2, 1);
    }

    [Fact]
    public void TakeFirst_InAnotherOrder_TakesTheServersOrder()
    {
        _list.TakeFirst([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);

        // Its newest message has expired, so no visible message explains why it is first.
        var hidden = Given.Conversation(3, Given.Message(2), lastSequence: 12);
        _list.TakeFirst([hidden, At(1, 9), At(2, 8)], nextCursor: null).ShouldBe([hidden]);
        _list.Take(At(2, 8) with { UnreadCount = 1 });
        ShouldBe(3, 1, 2);

        _list.Take(At(2, 10));
        ShouldBe(2, 3, 1);
    }

    [Fact]
    public void TakeFirst_WithLessThanBefore_ForgetsWhatIsInThePartThatWasNotRead()
    {
        _list.TakeFirst([At(1, 9), At(2, 8), At(3, 7)], nextCursor: null);

        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");

        ShouldBe(1, 2);
        _list.NextCursor.ShouldBe("more");
    }

    [Fact]
    public void TakeNext_WithSomeThatAreHeld_AddsTheOthersAndTakesWhatIsNewer()
    {
        _list.TakeFirst([At(1, 9), At(2, 8)], nextCursor: "more");
        _list.Take(At(3, 10));

        _list.TakeNext([At(3, 11), At(4, 6)], nextCursor: null);

        ShouldBe(3, 1, 2, 4);
        _list.Snapshot()[0].LastSequence.ShouldBe(11);
        _list.NextCursor.ShouldBeNull();
    }

    [Fact]
    public void PreviewsAt_AroundAnEnd_ReturnsWhatHasExpiredAndWhatIsNext()
    {
        var (first, second) = (Given.Noon.AddHours(1), Given.Noon.AddHours(2));
        _list.TakeFirst([Ending(1, 9, first), Ending(2, 8, second), At(3, 7)], nextCursor: null);

        _list.PreviewsAt(first.AddTicks(-1)).Expired.ShouldBeEmpty();
        _list.PreviewsAt(first.AddTicks(-1)).Next.ShouldBe(first);
        _list.PreviewsAt(first).Expired.ShouldBe([Given.IdOf(1)]);
        _list.PreviewsAt(first).Next.ShouldBe(second);
        _list.PreviewsAt(second).Next.ShouldBeNull();
    }

    [Fact]
    public void DropPreview_OfOneThatIsNotKept_IsNothing() => _list.DropPreview(Given.ConversationId).ShouldBeNull();

    /// <summary>Creates a conversation whose newest message is from that second.</summary>
    private static Conversation At(int number, long sequence) =>
        Given.Conversation(number, Given.Message(sequence, conversationId: Given.IdOf(number)));

    private static Conversation WithStanDeactivated(Conversation conversation, bool isDeactivated) => conversation with
    {
        Participants =
            [.. conversation.Participants.Select(one => one.UserId == Given.Stan.Id ? one with { IsDeactivated = isDeactivated } : one)],
    };

    private static Conversation Ending(int number, long sequence, DateTimeOffset end) =>
        Given.Conversation(number, Given.Message(sequence, expiresAt: end, conversationId: Given.IdOf(number)));

    private void ShouldBe(params int[] numbers) =>
        _list.Snapshot().Select(conversation => conversation.Id).ShouldBe(numbers.Select(number => Given.IdOf(number)));
}
