namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests that changes of messages outside of the loaded range are reported, because lists of files may have these messages.</summary>
public sealed class UnloadedMessagesTests
{
    private static readonly DateTimeOffset _end = Given.Noon.AddMinutes(1);

    private readonly ReducedConversation _conversation = new();

    public UnloadedMessagesTests() => _conversation.Load(Given.Numbers(20), Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);

    [Fact]
    public void Delete_OfAnEarlierMessage_RemovesIt()
    {
        _conversation.State.IsRemoved(5, Given.Noon).ShouldBeFalse();

        Report(new DeletionReceived(Given.Deleted(5, revision: 21))).ShouldBe([new UnloadedMessagesChanged(Given.ConversationId)]);

        _conversation.State.IsRemoved(5, Given.Noon).ShouldBeTrue();
        _conversation.State.IsRemoved(4, Given.Noon).ShouldBeFalse();
        Report(new DeletionReceived(Given.Deleted(5, revision: 21))).ShouldBeEmpty();
    }

    [Fact]
    public void Recover_OfChangesOfEarlierMessages_RemovesThem()
    {
        var response = Given.Recovered(20, 23, [Given.Message(3, revision: 23, expiresAt: _end)]) with { Deleted = [Given.Deleted(5, 21)], Expired = [4] };

        Report(new ChangesRecovered(response, Since: 20, Given.Noon)).ShouldBe([new UnloadedMessagesChanged(Given.ConversationId)]);

        Given.Sequences(1, 20).Where(sequence => _conversation.State.IsRemoved(sequence, Given.Noon)).ShouldBe([4, 5]);
        Given.Sequences(1, 20).Where(sequence => _conversation.State.IsRemoved(sequence, _end)).ShouldBe([3, 4, 5]);
    }

    [Fact]
    public void Expire_OfAnEarlierMessageSooner_IsKnownAndOnlyMovesEarlier()
    {
        Report(new MessageReceived(Given.Message(5, revision: 22, expiresAt: _end), Given.Noon))
            .ShouldBe([new UnloadedMessagesChanged(Given.ConversationId)]);
        Report(new MessageReceived(Given.Message(5, revision: 21, expiresAt: _end.AddHours(1)), Given.Noon)).ShouldBeEmpty();

        _conversation.State.ExpirationOf(5).ShouldBe(_end);
        _conversation.State.IsRemoved(5, _end.AddTicks(-1)).ShouldBeFalse();
        _conversation.State.IsRemoved(5, _end).ShouldBeTrue();
    }

    [Fact]
    public void Edit_OfAnEarlierMessage_IsNotReported() =>
        Report(new MessageReceived(Given.Message(5, revision: 21), Given.Noon)).ShouldBeEmpty();

    [Fact]
    public void Hide_OfAnEarlierMessage_RemovesIt()
    {
        Report(new PersonalStateReceived(PersonalState.None with { Revision = 1 }, SinceRevision: 0, [5]))
            .ShouldBe([new UnloadedMessagesChanged(Given.ConversationId)]);

        _conversation.State.IsRemoved(5, Given.Noon).ShouldBeTrue();
    }

    [Fact]
    public void Clear_OfTheConversation_RemovesAllEarlierMessages()
    {
        Report(new PersonalStateReceived(PersonalState.None with { Revision = 1, ClearedThrough = 8 }, SinceRevision: 0, []))
            .ShouldBe([new UnloadedMessagesChanged(Given.ConversationId)]);

        Given.Sequences(1, 20).Where(sequence => _conversation.State.IsRemoved(sequence, Given.Noon)).ShouldBe(Given.Sequences(1, 8));
    }

    [Fact]
    public void Trim_OfAVisibleMessage_DoesNotCountAsRemoved()
    {
        _conversation.TrimTo(4);

        _conversation.State.IsRemoved(12, Given.Noon).ShouldBeFalse();
    }

    [Fact]
    public void Load_OfAListThatIsAheadOfTheMessages_DoesNotCountAsRemoved() => _conversation.State.IsRemoved(21, Given.Noon).ShouldBeFalse();

    private List<SessionChange> Report(ConversationChange change)
    {
        var before = _conversation.State;
        _conversation.Apply(change);

        return [.. ChangeReport.Between(Given.ConversationId, before, _conversation.State, change)];
    }
}
