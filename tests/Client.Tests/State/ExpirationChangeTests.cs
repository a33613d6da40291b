namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests how the reducer applies changes of the default expiration, and messages that expire earlier.</summary>
public sealed class ExpirationChangeTests
{
    private readonly ReducedConversation _conversation = new();

    public ExpirationChangeTests() =>
        _conversation.Load(Given.Numbers(3) with { DefaultExpirationHours = 1 }, Given.Page(Given.Messages(1, 3)), Given.Noon);

    [Fact]
    public void Load_OfAConversation_HasItsDefault() => _conversation.State.Expiration.Hours.ShouldBe(1);

    [Fact]
    public void ExpirationChange_OfTheNextRevision_LeavesNoGapAndIsReported()
    {
        Report(new ExpirationChangeReceived(4, 24, Given.Ines.Id)).ShouldBe([new DefaultExpirationChanged(Given.ConversationId, 24, Given.Ines.Id)]);

        (_conversation.Revision, _conversation.HasGap, _conversation.CompleteSequence).ShouldBe((4, false, 3));
    }

    [Fact]
    public void ExpirationChange_Repeated_ChangesNothing()
    {
        _conversation.Apply(new ExpirationChangeReceived(4, 24, Given.Ines.Id));

        _conversation.Apply(new ExpirationChangeReceived(4, 24, Given.Ines.Id)).ShouldBeFalse();
    }

    [Fact]
    public void ExpirationChange_OlderThanTheKnownOne_OnlyClosesTheGap()
    {
        _conversation.Apply(new ExpirationChangeReceived(5, null, Given.Ines.Id));
        _conversation.HasGap.ShouldBeTrue();

        Report(new ExpirationChangeReceived(4, 24, Given.Ines.Id)).ShouldBeEmpty();

        _conversation.State.Expiration.Hours.ShouldBeNull();
        (_conversation.Revision, _conversation.HasGap).ShouldBe((5, false));
    }

    [Fact]
    public void Recover_AfterAMissedChange_HasTheDefaultOfItsRevision()
    {
        _conversation.Recover(Given.Recovered(3, 6, []) with { DefaultExpirationHours = 168, DefaultExpirationSetBy = Given.Stan.Id }, since: 3);
        _conversation.Apply(new ExpirationChangeReceived(5, 24, Given.Ines.Id));

        _conversation.State.Expiration.ShouldBe(new KnownExpiration(168, Given.Stan.Id, 6));
        (_conversation.Revision, _conversation.HasGap).ShouldBe((6, false));
    }

    [Fact]
    public void Recover_OfAMessageThatExpiredEarlierThanItSays_RemovesItAndReportsIt()
    {
        var recovered = Given.Recovered(3, 4, []) with { DefaultExpirationHours = 1, Expired = [2, 9] };

        Report(new ChangesRecovered(recovered, Since: 3, Given.Noon)).ShouldBe([new MessageExpired(Given.ConversationId, Given.Message(2).Id)]);

        _conversation.Messages.Select(message => message.Sequence).ShouldBe([1, 3]);
        (_conversation.Revision, _conversation.HasGap).ShouldBe((4, false));
    }

    [Fact]
    public void Recover_FromAServerOfAnEarlierVersion_KeepsTheDefault()
    {
        Report(new ChangesRecovered(Given.Recovered(3, 4, []), Since: 3, Given.Noon)).ShouldBeEmpty();
        Report(new ConversationReceived(Given.Conversation(1) with { Revision = 4 })).ShouldAllBe(change => change is ReadAdvanced);

        _conversation.State.Expiration.Hours.ShouldBe(1);
    }

    /// <summary>The list does not prove that the conversation has all changes up to its revision.</summary>
    [Fact]
    public void ConversationReceived_OfALaterRevision_HasTheDefaultAndNotItsRevision()
    {
        Report(new ConversationReceived(Given.Conversation(1) with { Revision = 5, DefaultExpirationHours = 24, DefaultExpirationSetBy = Given.Ines.Id }))
            .ShouldContain(new DefaultExpirationChanged(Given.ConversationId, 24, Given.Ines.Id));

        _conversation.Revision.ShouldBe(3);
        _conversation.Apply(new ConversationReceived(Given.Conversation(1) with { Revision = 4, DefaultExpirationHours = 2 }));
        _conversation.State.Expiration.Hours.ShouldBe(24);
    }

    [Fact]
    public void Receive_AMessageThatExpiresEarlier_RemovesItAtItsNewTime()
    {
        var end = Given.Noon.AddHours(1);
        _conversation.Receive(Given.Message(2, revision: 4, expiresAt: end), Given.Noon).ShouldBe(MergeResult.Changed);

        _conversation.NextExpiry.ShouldBe(end);
        _conversation.Expire(end).ShouldHaveSingleItem().Sequence.ShouldBe(2);
    }

    /// <summary>A device can receive an event long after it was sent, when it wakes up.</summary>
    [Fact]
    public void Receive_AMessageThatHasExpiredEarlier_RemovesTheLoadedOne()
    {
        var end = Given.Noon.AddHours(1);

        Report(new MessageReceived(Given.Message(2, revision: 4, expiresAt: end), end)).ShouldBe([new MessageExpired(Given.ConversationId, Given.IdOf(2))]);

        _conversation.Messages.Select(message => message.Sequence).ShouldBe([1, 3]);
        (_conversation.Revision, _conversation.HasGap).ShouldBe((4, false));
        _conversation.Receive(Given.Message(2, revision: 3, expiresAt: null), end).ShouldBe(MergeResult.Nothing);
        _conversation.Messages.Count.ShouldBe(2);
    }

    [Fact]
    public void Delete_OfAMessageWhoseOlderStateArrivesLast_KeepsTheExpiryOfTheTombstone()
    {
        var end = Given.Noon.AddHours(1);
        _conversation.Apply(new DeletionReceived(Given.Deleted(4, revision: 6) with { ExpiresAt = end }));

        _conversation.Receive(Given.Message(4, revision: 4), Given.Noon).ShouldBe(MergeResult.Nothing);

        _conversation.Expire(end);
        _conversation.Deleted.ShouldBeEmpty();
    }

    private List<SessionChange> Report(ConversationChange change)
    {
        var before = _conversation.State;
        _conversation.Apply(change);

        return [.. ChangeReport.Between(Given.ConversationId, before, _conversation.State, change)];
    }
}
