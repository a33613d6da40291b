using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

/// <summary>Tests how an edit that a user is writing follows the changes of its message.</summary>
public sealed class MessageEditTests
{
    private static readonly Message _message = Given.Message(1, content: "Helo");

    private static readonly QueuedMessage _unsent = new(
        Given.IdOf(9), Given.Ines.Id, Given.ConversationId, "Helo", null, null, Given.Noon, Failure: null, NeverAttempted: true);

    private readonly MessageEdit _edit = MessageEdit.Of(_message, []);

    [Fact]
    public void Start_WithAnUnsentEdit_ContinuesItsText()
    {
        QueuedMessage[] unsent =
        [
            Queued(new QueuedChange(_message.Id, 0, "Hello")),
            Queued(new QueuedChange(_message.Id, 0, "Rejected")) with { Failure = new SendFailure("message.too_long", "Too long") },
            Queued(new QueuedChange(Given.IdOf(2), 0, "Another")),
        ];

        MessageEdit.Of(_message, unsent).Text.ShouldBe("Hello");
    }

    [Fact]
    public void Follow_WithoutNews_ChangesNothing()
    {
        Follow(_message with { Revision = 5, IsRead = true }).ShouldBeSameAs(_edit);
        _edit.Follow([], [], [], Given.Noon).ShouldBeSameAs(_edit);
    }

    [Fact]
    public void Follow_OfANewerText_ShowsItAndReplacesThatVersion()
    {
        var changed = Follow(_message with { Content = "From elsewhere", Version = 1 });

        (changed.State, changed.CanSave, changed.Message!.Version, changed.Text).ShouldBe((EditState.Changed, true, 1, "Helo"));
    }

    [Fact]
    public void Follow_OfTheTextWithWhichItBegan_TakesTheVersionSilently()
    {
        var begun = MessageEdit.Of(_message, [Queued(new QueuedChange(_message.Id, 0, "Hello"))]);

        var accepted = begun.Follow([_message with { Content = "Hello", Version = 1 }], [], [], Given.Noon);

        (accepted.State, accepted.Message!.Version).ShouldBe((EditState.Current, 1));
    }

    [Fact]
    public void Follow_OfAMessageThatIsSentDuringTheEdit_ContinuesWithTheSentOne()
    {
        var begun = MessageEdit.Of(_unsent);
        begun.Follow([_message], [], [_unsent], Given.Noon).ShouldBeSameAs(begun);
        (begun.CanSave, begun.Saved).ShouldBe((true, "Helo"));

        var sent = begun.Follow([_message with { ClientMessageId = _unsent.ClientMessageId }], [], [], Given.Noon);

        (sent.Unsent, sent.Message?.Id, sent.State, sent.Text).ShouldBe((null, _message.Id, EditState.Current, "Helo"));
    }

    [Fact]
    public void Follow_OfAnUnsentMessageThatIsRejected_CannotBeSavedUntilItIsSentAgain()
    {
        var rejected = FollowUnsent(MessageEdit.Of(_unsent), _unsent with { Failure = new SendFailure("message.too_long", "Too long") });

        (rejected.State, rejected.CanSave, rejected.Text).ShouldBe((EditState.Rejected, false, "Helo"));
        FollowUnsent(rejected, _unsent with { NeverAttempted = false }).State.ShouldBe(EditState.Current);
    }

    /// <summary>It was discarded, or sent while later messages are not loaded. It may be loaded later.</summary>
    [Fact]
    public void Follow_OfAnUnsentMessageThatNoLongerWaits_CannotBeSavedUntilItIsLoaded()
    {
        var missing = FollowUnsent(MessageEdit.Of(_unsent));

        (missing.State, missing.CanSave, missing.Text).ShouldBe((EditState.NoLongerQueued, false, "Helo"));
        FollowUnsent(missing).ShouldBeSameAs(missing);
        var loaded = missing.Follow([_message with { ClientMessageId = _unsent.ClientMessageId }], [], [], Given.Noon);
        (loaded.State, loaded.Message?.Id).ShouldBe((EditState.Current, _message.Id));
    }

    [Fact]
    public void Follow_OfAnUnsentMessageThatAnotherTabHasEdited_ShowsTheNewerText()
    {
        var changed = FollowUnsent(MessageEdit.Of(_unsent), _unsent with { Content = "Hallo" });

        (changed.State, changed.CanSave, changed.Saved, changed.Text).ShouldBe((EditState.Changed, true, "Hallo", "Helo"));
    }

    [Fact]
    public void IsSaved_WhileAnEditWaits_ComparesWithItsText()
    {
        QueuedMessage[] unsent = [Queued(new QueuedChange(_message.Id, 0, "Hello"))];
        var begun = MessageEdit.Of(_message, unsent);

        begun.IsSaved("Helo", unsent).ShouldBeFalse();
        begun.IsSaved("Hello", unsent).ShouldBeTrue();
        begun.IsSaved("Helo", []).ShouldBeTrue();
        MessageEdit.Of(_unsent).IsSaved("Helo", unsent).ShouldBeTrue();
    }

    /// <summary>The server would reject the waiting edit, which is of an earlier version.</summary>
    [Fact]
    public void IsSaved_AfterANewerTextWasShownWhileAnEditWaits_IsFalse()
    {
        QueuedMessage[] unsent = [Queued(new QueuedChange(_message.Id, 0, "Hello"))];
        var changed = MessageEdit.Of(_message, unsent)
            .Follow([_message with { Content = "From elsewhere", Version = 1 }], [], [], Given.Noon);

        changed.IsSaved("Hello", unsent).ShouldBeFalse();
        changed.IsSaved("From elsewhere", unsent).ShouldBeFalse();
        changed.IsSaved("From elsewhere", []).ShouldBeTrue();
    }

    [Fact]
    public void Follow_OfADeletion_CannotBeSaved()
    {
        var deleted = _edit.Follow([], [Given.Deleted(1, revision: 2)], [], Given.Noon);

        (deleted.State, deleted.CanSave).ShouldBe((EditState.Deleted, false));
    }

    [Fact]
    public void Follow_AtTheInstantOfExpiry_CannotBeSaved()
    {
        var end = Given.Noon.AddMinutes(1);
        var expiring = MessageEdit.Of(_message with { ExpiresAt = end }, []);

        expiring.Follow([], [], [], end.AddTicks(-1)).State.ShouldBe(EditState.Current);
        expiring.Follow([], [], [], end).State.ShouldBe(EditState.Expired);
    }

    private static QueuedMessage Queued(QueuedChange change) =>
        new(Guid.CreateVersion7(Given.Noon), Given.Ines.Id, Given.ConversationId, "", null, null, Given.Noon, Failure: null, change);

    private static MessageEdit FollowUnsent(MessageEdit edit, params QueuedMessage[] unsent) => edit.Follow([], [], unsent, Given.Noon);

    private MessageEdit Follow(Message current) => _edit.Follow([current], [], [], Given.Noon);
}
