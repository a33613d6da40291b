namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests the reducer's cases for reads and errors, and what is reported of them.</summary>
public sealed class ParticipantChangesTests
{
    private readonly ReducedConversation _conversation = new();

    [Fact]
    public void Reads_InAnyOrder_KeepTheHighest()
    {
        _conversation.Apply(new ReadReceived(Given.Ines.Id, 5)).ShouldBeTrue();
        _conversation.Apply(new ReadReceived(Given.Ines.Id, 3)).ShouldBeFalse();
        _conversation.Apply(new ReadReceived(Given.Ines.Id, 5)).ShouldBeFalse();

        _conversation.ReadBy(Given.Ines.Id).ShouldBe(5);
    }

    [Fact]
    public void Participants_WithOlderReads_DoNotMoveThemBack()
    {
        _conversation.Apply(new ReadReceived(Given.Ines.Id, 5));

        _conversation.Apply(new ConversationReceived(Given.Conversation(1, readByInes: 4)));

        _conversation.ReadBy(Given.Ines.Id).ShouldBe(5);
        _conversation.State.Participants.Count.ShouldBe(2);
    }

    [Fact]
    public void Expiry_BeforeItsTime_ReturnsTheSameState()
    {
        _conversation.Load(Given.Numbers(1), Given.Page([Given.Message(1, expiresAt: Given.Noon.AddHours(1))]), Given.Noon);

        _conversation.Apply(new TimePassed(Given.Noon.AddHours(1).AddTicks(-1))).ShouldBeFalse();
        _conversation.Apply(new TimePassed(Given.Noon.AddHours(1))).ShouldBeTrue();

        _conversation.Messages.ShouldBeEmpty();
    }

    [Fact]
    public void Failure_OfTheSameCode_IsReportedOnceAndEndsWithTheNextLoad()
    {
        _conversation.Apply(new AccessFailed(new SignedOutException())).ShouldBeTrue();
        _conversation.Apply(new AccessFailed(new SignedOutException())).ShouldBeFalse();

        _conversation.Load(Given.Numbers(0), Given.Page([]), Given.Noon);

        _conversation.State.Failure.ShouldBeNull();
    }

    [Fact]
    public void EveryChange_HasACaseInTheReducer()
    {
        var changes = typeof(ConversationChange).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ConversationChange))).ToList();
        ConversationChange[] tried =
        [
            new MessageReceived(Given.Message(1), Given.Noon),
            new DeletionReceived(Given.Deleted(1, 2)),
            new PersonalStateReceived(PersonalState.None, SinceRevision: 0, [1]),
            new ChangesRecovered(Given.Recovered(0, 0, []), 0, Given.Noon),
            new PageLoaded(Given.Numbers(0), Given.Page([]), Given.Noon),
            new PageReplaced(Given.Page([]), default, Given.Noon),
            new EarlierPageLoaded(Given.Page([]), default, Given.Noon),
            new LaterPageLoaded(Given.Page([]), default, Given.Noon),
            new QuotesRequested([1]),
            new QuotesFound([1], [], Given.Noon),
            new ReloadRequested(),
            new AccessFailed(new SignedOutException()),
            new ReadReceived(Given.Ines.Id, 1),
            new ConversationReceived(Given.Conversation(1)),
            new ExpirationChangeReceived(5, 24, Given.Ines.Id),
            new TimePassed(Given.Noon),
        ];

        tried.Select(change => change.GetType()).ShouldBe(changes, ignoreOrder: true);
        foreach (var change in tried)
            ConversationReducer.Reduce(new ConversationState(), change).ShouldNotBeNull();
    }
}
