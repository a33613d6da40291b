namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests how the reducer applies deletions for everyone, and edits that stand for several changes.</summary>
public sealed class DeletionTests
{
    private static readonly DateTimeOffset _end = Given.Noon.AddMinutes(1);

    private readonly ReducedConversation _conversation = new();

    [Fact]
    public void Delete_OfALoadedMessage_ReplacesItWithItsTombstone()
    {
        Load(Given.Messages(1, 3));

        Report(Given.Deleted(2, revision: 4)).ShouldBe([new MessageDeleted(Given.ConversationId, Given.Deleted(2, 4))]);

        _conversation.Messages.Select(message => message.Sequence).ShouldBe([1, 3]);
        _conversation.Deleted.ShouldBe([Given.Deleted(2, 4)]);
        (_conversation.Revision, _conversation.HasGap).ShouldBe((4, false));
    }

    [Fact]
    public void Delete_Twice_ChangesNothing()
    {
        Load(Given.Messages(1, 3));
        _conversation.Apply(new DeletionReceived(Given.Deleted(2, revision: 4)));

        _conversation.Apply(new DeletionReceived(Given.Deleted(2, revision: 4))).ShouldBeFalse();
    }

    [Fact]
    public void Delete_BeforeItsMessageArrives_KeepsTheMessageOut()
    {
        Load([]);
        _conversation.Apply(new DeletionReceived(Given.Deleted(1, revision: 3)));
        _conversation.HasGap.ShouldBeTrue();

        _conversation.Receive(Given.Message(1), Given.Noon).ShouldBe(MergeResult.Nothing);
        _conversation.Receive(Given.Message(1, revision: 2), Given.Noon).ShouldBe(MergeResult.Nothing);

        _conversation.Messages.ShouldBeEmpty();
        (_conversation.Revision, _conversation.HasGap).ShouldBe((3, false));
    }

    [Fact]
    public void Delete_OfAnExpiringMessage_RemovesTheTombstoneWithIt()
    {
        Load([Given.Message(1, expiresAt: _end)]);
        _conversation.Apply(new DeletionReceived(Given.Deleted(1, revision: 2)));

        _conversation.NextExpiry.ShouldBe(_end);
        _conversation.Expire(_end.AddTicks(-1));
        _conversation.Deleted.ShouldHaveSingleItem();
        _conversation.Expire(_end);

        _conversation.Deleted.ShouldBeEmpty();
        _conversation.NextExpiry.ShouldBeNull();
    }

    [Fact]
    public void Delete_BeforeAnExpiringMessageArrives_RemovesTheTombstoneWithIt()
    {
        Load([]);
        _conversation.Apply(new DeletionReceived(Given.Deleted(1, revision: 2)));
        _conversation.Receive(Given.Message(1, expiresAt: _end), Given.Noon);

        _conversation.Expire(_end);

        _conversation.Deleted.ShouldBeEmpty();
    }

    [Fact]
    public void Delete_OfAMessageThatIsNotLoaded_RemovesTheTombstoneAtItsOwnExpiry()
    {
        Load([]);
        _conversation.Apply(new DeletionReceived(Given.Deleted(1, revision: 2) with { ExpiresAt = _end }));

        _conversation.NextExpiry.ShouldBe(_end);
        _conversation.Expire(_end.AddTicks(-1));
        _conversation.Deleted.ShouldHaveSingleItem();
        _conversation.Expire(_end);

        _conversation.Deleted.ShouldBeEmpty();
    }

    [Fact]
    public void Delete_AfterTheLoadedRange_MakesAnOlderPageNotFit()
    {
        _conversation.Load(Given.Numbers(20), new MessagePage(Given.Messages(1, 10), HasMoreBefore: false, HasMoreAfter: true), Given.Noon);
        var mark = _conversation.Mark;
        _conversation.Apply(new DeletionReceived(Given.Deleted(15, revision: 21)));

        _conversation.Append(Page([.. Given.Messages(11, 20)]), mark, Given.Noon).ShouldBeFalse();
        var read = Given.Messages(11, 20).Where(message => message.Sequence != 15).ToList();
        _conversation.Append(Page(read, Given.Deleted(15, revision: 21)), _conversation.Mark, Given.Noon).ShouldBeTrue();

        _conversation.Messages.Count.ShouldBe(19);
        _conversation.Deleted.ShouldHaveSingleItem().Sequence.ShouldBe(15);
        _conversation.HasLater.ShouldBeFalse();
    }

    [Fact]
    public void Delete_BeforeTheLoadedRange_MakesAnOlderPageNotFit()
    {
        _conversation.Load(Given.Numbers(20), Given.Page(Given.Messages(11, 20), hasMoreBefore: true), Given.Noon);
        var mark = _conversation.Mark;
        _conversation.Apply(new DeletionReceived(Given.Deleted(5, revision: 21)));

        _conversation.Prepend(Given.Page(Given.Messages(1, 10)), mark, Given.Noon).ShouldBeFalse();
        var read = Given.Messages(1, 10).Where(message => message.Sequence != 5).ToList();
        _conversation.Prepend(Page(read, Given.Deleted(5, revision: 21)), Given.Noon).ShouldBeTrue();

        _conversation.Messages.Count.ShouldBe(19);
        _conversation.Deleted.ShouldHaveSingleItem().Sequence.ShouldBe(5);
    }

    [Fact]
    public void Delete_DuringALoad_IsKept()
    {
        Load(Given.Messages(1, 3));
        _conversation.Apply(new DeletionReceived(Given.Deleted(2, revision: 4)));

        _conversation.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

        _conversation.Messages.Select(message => message.Sequence).ShouldBe([1, 3]);
        _conversation.Deleted.ShouldHaveSingleItem();
    }

    [Fact]
    public void Recover_WithADeletion_RemovesTheMessageAndReportsIt()
    {
        Load(Given.Messages(1, 3));
        var before = _conversation.State;
        var change = new ChangesRecovered(
            Given.Recovered(4, 6, [Given.Message(4)]) with { Deleted = [Given.Deleted(2, revision: 6)] }, Since: 3, Given.Noon);

        _conversation.Apply(change);

        ChangeReport.Between(Given.ConversationId, before, _conversation.State, change)
            .ShouldBe([new MessageDeleted(Given.ConversationId, Given.Deleted(2, 6)), new MessageAdded(Given.Message(4))]);
        (_conversation.Revision, _conversation.HasGap).ShouldBe((6, false));
    }

    [Fact]
    public void Receive_OfAnEditThatStandsForSeveral_LeavesNoGap()
    {
        Load(Given.Messages(1, 3));

        _conversation.Receive(new MessageReceived(Given.Message(2, revision: 6), Given.Noon) { Revisions = [4, 5, 6] })
            .ShouldBe(MergeResult.Changed);

        (_conversation.Revision, _conversation.HasGap).ShouldBe((6, false));
    }

    [Fact]
    public void Receive_OfAnOlderText_ChangesNothing()
    {
        Load([Given.Message(1, revision: 3)]);

        _conversation.Receive(Given.Message(1, revision: 2), Given.Noon).ShouldBe(MergeResult.Nothing);
    }

    [Fact]
    public void Trim_OfTheOldest_ForgetsTheirTombstones()
    {
        Load(Given.Messages(1, 10));
        _conversation.Apply(new DeletionReceived(Given.Deleted(2, revision: 11)));
        _conversation.Apply(new DeletionReceived(Given.Deleted(8, revision: 12)));

        _conversation.TrimTo(4);

        _conversation.Messages.Select(message => message.Sequence).ShouldBe([6, 7, 9, 10]);
        _conversation.Deleted.ShouldHaveSingleItem().Sequence.ShouldBe(8);
    }

    private static MessagePage Page(IReadOnlyList<Message> messages, params DeletedMessage[] deleted) =>
        new(messages, HasMoreBefore: false, HasMoreAfter: false) { Deleted = deleted };

    private void Load(IReadOnlyList<Message> messages) =>
        _conversation.Load(
            Given.Numbers(messages.Select(message => message.Sequence).DefaultIfEmpty().Max(), messages.Select(message => message.Revision).DefaultIfEmpty().Max()),
            Given.Page(messages),
            Given.Noon);

    /// <summary>Applies a deletion, and returns the public changes.</summary>
    private IEnumerable<SessionChange> Report(DeletedMessage deleted)
    {
        var (before, change) = (_conversation.State, new DeletionReceived(deleted));
        _conversation.Apply(change);

        return ChangeReport.Between(Given.ConversationId, before, _conversation.State, change);
    }
}
