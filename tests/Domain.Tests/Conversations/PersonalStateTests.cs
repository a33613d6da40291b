using CleanMessaging.Domain.Conversations;

namespace CleanMessaging.Domain.Tests.Conversations;

public sealed class PersonalStateTests
{
    private static readonly Guid _user = Given.Investor.Id;

    private readonly Sending _sending = Sending.ByInvestor();

    private Conversation Conversation => _sending.Conversation;

    private Participant Own => Conversation.ParticipantOf(_user);

    private Participant Other => Conversation.ParticipantOf(Given.Startup.Id);

    public static TheoryData<string, Action<Conversation, Guid>> Changes => new()
    {
        { "hide", (conversation, userId) => conversation.Hide(userId, [1]) },
        { "clear", (conversation, userId) => conversation.Clear(userId, 1, removedHidden: 0) },
        { "delete", (conversation, userId) => conversation.DeleteFor(userId, 3, removedHidden: 0) },
        { "archive", (conversation, userId) => conversation.Archive(userId, 3, forever: false) },
        { "mute", (conversation, userId) => conversation.Mute(userId, until: null, Given.Noon) },
        { "pin", (conversation, userId) => conversation.Pin(userId, othersPinned: 0, Given.Noon) },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void PersonalChange_ByOneParticipant_ChangesOnlyTheirPersonalRevision(string name, Action<Conversation, Guid> change)
    {
        _sending.SendMany(3, Given.Noon);
        var (revision, activity) = (Conversation.Revision, Conversation.LastActivityAt);

        change(Conversation, _user);

        Own.PersonalRevision.ShouldBe(1, name);
        Own.LastReadSequence.ShouldBe(0);
        Other.PersonalRevision.ShouldBe(0);
        Conversation.Revision.ShouldBe(revision);
        Conversation.LastActivityAt.ShouldBe(activity);
        var changed = Conversation.DomainEvents[^1].ShouldBeOfType<PersonalStateChanged>();
        changed.UserId.Value.ShouldBe(_user);
        changed.PersonalRevision.ShouldBe(1);
        ThrownError.CodeOf(() => change(Conversation, Guid.CreateVersion7())).ShouldBe("conversation.not_found");
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void PersonalChange_MadeTwice_ChangesNothingTheSecondTime(string name, Action<Conversation, Guid> change)
    {
        _sending.SendMany(3, Given.Noon);
        change(Conversation, _user);

        if (name != "hide")
            change(Conversation, _user);

        Own.PersonalRevision.ShouldBe(1, name);
    }

    [Fact]
    public void Hide_UpToTheLimit_IsAcceptedAndBeyondItRejected()
    {
        Conversation.Hide(_user, [.. Enumerable.Range(1, Participant.HiddenMax - 1).Select(sequence => (long)sequence)]);

        ThrownError.CodeOf(() => Conversation.Hide(_user, [6000, 6001])).ShouldBe("conversation.too_many_hidden");
        Own.HiddenCount.ShouldBe(Participant.HiddenMax - 1);
        Conversation.Hide(_user, [6000]);
        Own.HiddenCount.ShouldBe(Participant.HiddenMax);
        Conversation.NewHiddenMessages[^1].ShouldSatisfyAllConditions(
            hidden => hidden.Sequence.ShouldBe(6000), hidden => hidden.PersonalRevision.ShouldBe(2));
        ThrownError.CodeOf(() => Conversation.Hide(_user, [6001])).ShouldBe("conversation.too_many_hidden");
        Conversation.Hide(_user, []);
        Own.PersonalRevision.ShouldBe(2);
    }

    [Fact]
    public void Clear_ThroughMoreThanThereIs_ClearsWhatThereIsAndNeverGoesBack()
    {
        _sending.SendMany(3, Given.Noon);
        Conversation.Hide(_user, [2]);

        Conversation.Clear(_user, through: 100, removedHidden: 1);

        Own.PersonalRevision.ShouldBe(2);
        Own.ClearedThrough.ShouldBe(3);
        Own.HiddenCount.ShouldBe(0);
        Conversation.Clear(_user, through: 2, removedHidden: 0);
        Own.PersonalRevision.ShouldBe(2);
        Own.ClearedThrough.ShouldBe(3);
    }

    [Fact]
    public void Archive_ThroughTheNewestMessage_LastsUntilTheNextOneUnlessForever()
    {
        _sending.SendMany(3, Given.Noon);
        Conversation.Archive(_user, through: 2, forever: false);
        Own.IsArchived(Conversation.LastSequence).ShouldBeFalse();

        Own.PersonalRevision.ShouldBe(0);
        Conversation.Archive(_user, through: 3, forever: false);
        Own.IsArchived(Conversation.LastSequence).ShouldBeTrue();
        _sending.SendMany(1, Given.Noon);
        Own.IsArchived(Conversation.LastSequence).ShouldBeFalse();

        Conversation.Archive(_user, through: 0, forever: true);
        Own.IsArchived(Conversation.LastSequence).ShouldBeTrue();
        Conversation.Unarchive(_user);
        Own.PersonalRevision.ShouldBe(3);
        Own.IsArchived(Conversation.LastSequence).ShouldBeFalse();
        Conversation.Unarchive(_user);
        Own.PersonalRevision.ShouldBe(3);
    }

    [Fact]
    public void ArchiveAndDelete_RepeatedLateWithAnEarlierSequence_ChangeNothing()
    {
        _sending.SendMany(3, Given.Noon);
        Conversation.Archive(_user, through: 0, forever: true);
        Conversation.Archive(_user, through: 3, forever: false);
        Conversation.Archive(_user, through: 2, forever: false);
        Own.PersonalRevision.ShouldBe(1);
        Own.ArchivedThrough.ShouldBe(Participant.ArchivedForever);

        Conversation.DeleteFor(_user, through: 2, removedHidden: 0);
        Own.ShouldSatisfyAllConditions(
            own => own.PersonalRevision.ShouldBe(2),
            own => own.ClearedThrough.ShouldBe(2),
            own => own.DeletedThrough.ShouldBeNull(),
            own => own.ArchivedThrough.ShouldBe(Participant.ArchivedForever));
    }

    [Fact]
    public void Pin_OfADeletedConversation_ListsItAgain()
    {
        _sending.SendMany(2, Given.Noon);
        Conversation.DeleteFor(_user, through: 2, removedHidden: 0);

        Conversation.Pin(_user, othersPinned: 0, Given.Noon);

        Own.PersonalRevision.ShouldBe(2);
        Own.IsDeleted(Conversation.LastSequence).ShouldBeFalse();
        Own.ClearedThrough.ShouldBe(2);
    }

    [Fact]
    public void Archive_AnEmptyConversation_LastsUntilTheFirstMessage()
    {
        Conversation.Archive(_user, through: 0, forever: false);

        Own.IsArchived(Conversation.LastSequence).ShouldBeTrue();
        _sending.SendMany(1, Given.Noon);
        Own.IsArchived(Conversation.LastSequence).ShouldBeFalse();
    }

    [Fact]
    public void Pin_OfAnArchivedConversation_TakesItOutOfTheArchiveAndViceVersa()
    {
        Conversation.Archive(_user, through: 0, forever: true);
        Conversation.Pin(_user, othersPinned: Participant.PinnedMax - 1, Given.Noon);
        Own.PersonalRevision.ShouldBe(2);
        Own.PinnedAt.ShouldBe(Given.Noon);
        Own.ArchivedThrough.ShouldBeNull();

        Conversation.Archive(_user, through: 0, forever: false);
        Own.PinnedAt.ShouldBeNull();
        ThrownError.CodeOf(() => Conversation.Pin(_user, Participant.PinnedMax, Given.Noon)).ShouldBe("conversation.too_many_pinned");
        Conversation.Unpin(_user);
        Own.PersonalRevision.ShouldBe(3);
    }

    [Fact]
    public void Mute_UntilNowOrEarlier_IsRejected()
    {
        ThrownError.CodeOf(() => Conversation.Mute(_user, Given.Noon, Given.Noon)).ShouldBe("conversation.mute_in_the_past");

        Own.PersonalRevision.ShouldBe(0);
        Conversation.Mute(_user, Given.Noon.AddMicroseconds(1), Given.Noon);
        Own.MutedUntil.ShouldBe(Given.Noon.AddMicroseconds(1));
        Conversation.Mute(_user, until: null, Given.Noon);
        Own.MutedUntil.ShouldBe(Participant.MutedForever);
        Conversation.Unmute(_user);
        Own.MutedUntil.ShouldBeNull();
        Own.PersonalRevision.ShouldBe(3);
    }

    [Fact]
    public void DeleteFor_APinnedAndArchivedConversation_LeavesNeither()
    {
        _sending.SendMany(2, Given.Noon);
        Conversation.Pin(_user, othersPinned: 0, Given.Noon);

        Conversation.DeleteFor(_user, through: 2, removedHidden: 0);

        Own.ShouldSatisfyAllConditions(
            own => own.ClearedThrough.ShouldBe(2),
            own => own.DeletedThrough.ShouldBe(2),
            own => own.PinnedAt.ShouldBeNull(),
            own => own.ArchivedThrough.ShouldBeNull());
        Conversation.DeleteFor(_user, through: 2, removedHidden: 0);
        Own.PersonalRevision.ShouldBe(2);
    }
}
