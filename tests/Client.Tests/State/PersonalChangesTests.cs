namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests how the reducer applies messages that the user has hidden or cleared.</summary>
public sealed class PersonalChangesTests
{
    private readonly ReducedConversation _conversation = new();

    private IEnumerable<long> Sequences => _conversation.Messages.Select(message => message.Sequence);

    [Fact]
    public void Hide_OfLoadedMessages_RemovesAndReportsThem()
    {
        Load(Given.Messages(1, 4));

        Report(Hidden(revision: 1, since: 0, 2, 3)).ShouldBe(
        [
            new MessageHidden(Given.ConversationId, Given.IdOf(2)), new MessageHidden(Given.ConversationId, Given.IdOf(3)),
        ]);

        Sequences.ShouldBe([1, 4]);
        _conversation.State.PersonalRevision.ShouldBe(1);
        (_conversation.Revision, _conversation.HasGap).ShouldBe((4, false));
        _conversation.Apply(Hidden(revision: 1, since: 0, 2, 3)).ShouldBeFalse();
    }

    [Fact]
    public void Hide_BeforeTheMessageArrives_KeepsItOut()
    {
        Load([]);
        _conversation.Apply(Hidden(revision: 1, since: 0, 1));

        _conversation.Receive(Given.Message(1), Given.Noon).ShouldBe(MergeResult.Nothing);
        _conversation.Apply(new DeletionReceived(Given.Deleted(1, revision: 2)));

        Sequences.ShouldBeEmpty();
        _conversation.Deleted.ShouldBeEmpty();
        (_conversation.Revision, _conversation.HasGap).ShouldBe((2, false));
    }

    [Fact]
    public void Hide_AfterAGap_HidesButDoesNotCountAsComplete()
    {
        Load(Given.Messages(1, 4));

        _conversation.Apply(Hidden(revision: 3, since: 2, 2));

        Sequences.ShouldBe([1, 3, 4]);
        _conversation.State.PersonalRevision.ShouldBe(0);
        _conversation.Apply(new ChangesRecovered(
            Given.Recovered(4, 4, []) with { Personal = Personal(3), Hidden = [1, 2] }, 4, Given.Noon));
        Sequences.ShouldBe([3, 4]);
        _conversation.State.PersonalRevision.ShouldBe(3);
    }

    [Fact]
    public void Clear_ThroughASequence_RemovesMessagesAndTombstonesAndNeverBringsThemBack()
    {
        Load(Given.Messages(1, 4));
        _conversation.Apply(new DeletionReceived(Given.Deleted(1, revision: 5)));

        _conversation.Apply(new PersonalStateReceived(Personal(1) with { ClearedThrough = 3 }, SinceRevision: 0, [])).ShouldBeTrue();

        Sequences.ShouldBe([4]);
        _conversation.Deleted.ShouldBeEmpty();
        _conversation.Receive(Given.Message(2, revision: 6), Given.Noon).ShouldBe(MergeResult.Nothing);
        _conversation.Apply(new PersonalStateReceived(Personal(2), SinceRevision: 1, [])).ShouldBeTrue();
        Sequences.ShouldBe([4]);
    }

    [Fact]
    public void Load_OfAPageThatIsOlderThanAHide_LeavesTheMessageHidden()
    {
        Load(Given.Messages(1, 3));
        _conversation.Apply(Hidden(revision: 1, since: 0, 2));

        Load(Given.Messages(1, 3));

        Sequences.ShouldBe([1, 3]);
        _conversation.State.PersonalRevision.ShouldBe(1);
    }

    [Fact]
    public void Recover_FromAServerOfAnEarlierVersion_KeepsWhatIsHidden()
    {
        Load(Given.Messages(1, 3));
        _conversation.Apply(Hidden(revision: 1, since: 0, 2));

        _conversation.Apply(new ChangesRecovered(Given.Recovered(3, 3, [Given.Message(2, revision: 4)]), 3, Given.Noon));

        Sequences.ShouldBe([1, 3]);
        _conversation.State.PersonalRevision.ShouldBe(1);
    }

    private static PersonalState Personal(long revision) => PersonalState.None with { Revision = revision };

    private static PersonalStateReceived Hidden(long revision, long since, params long[] sequences) =>
        new(Personal(revision), since, sequences);

    private void Load(IReadOnlyList<Message> messages) => _conversation.Load(
        Given.Numbers(messages.Count) with { Personal = PersonalState.None with { Revision = 0 } }, Given.Page(messages), Given.Noon);

    private List<SessionChange> Report(ConversationChange change)
    {
        var before = _conversation.State;
        _conversation.Apply(change);

        return [.. ChangeReport.Between(Given.ConversationId, before, _conversation.State, change)];
    }
}
