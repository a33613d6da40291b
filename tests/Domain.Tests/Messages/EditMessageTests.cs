using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class EditMessageTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly UserId _other = new(Given.Startup.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);
    private static readonly MessageChangePolicy _policy = MessageChangePolicy.Default;

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new(0, 10, TimeZoneInfo.Utc));

    [Fact]
    public void Edit_ByTheSender_ReplacesTheTextAndKeepsTheEarlierOne()
    {
        var message = _sending.Send(_sentAt, content: "Frist", expirationHours: 24);
        _sending.Send(_sentAt.AddMinutes(1));
        var (activity, balance) = (_sending.Conversation.LastActivityAt, _sending.Wallet.Balance);

        Edit(message, "First", version: 0, _sentAt.AddMinutes(2)).ShouldBeTrue();
        Edit(message, " First! ", version: 1, _sentAt.AddMinutes(3)).ShouldBeTrue();

        message.Content.ShouldBe(" First! ");
        message.Version.ShouldBe(2);
        message.EditedAt.ShouldBe(_sentAt.AddMinutes(3));
        message.UpdatedAt.ShouldBe(_sentAt.AddMinutes(3));
        message.ExpiresAt.ShouldBe(_sentAt.AddHours(24));
        message.Revision.ShouldBe(4);
        _sending.Conversation.Revision.ShouldBe(4);
        _sending.Conversation.LastSequence.ShouldBe(2);
        _sending.Conversation.LastActivityAt.ShouldBe(activity);
        _sending.Wallet.Balance.ShouldBe(balance);
        message.NewVersions.Select(version => (version.Number, version.Content, version.WrittenAt)).ShouldBe(
            [(0, "Frist", _sentAt), (1, "First", _sentAt.AddMinutes(2))]);
        message.DomainEvents.OfType<MessageEdited>().Select(edited => edited.Revision).ShouldBe([3, 4]);
    }

    [Fact]
    public void Edit_ToTheCurrentText_ChangesNothing()
    {
        var message = _sending.Send(_sentAt, content: "Same");
        var before = State.Of(message, _sending.Conversation);

        Edit(message, "Same", version: 0, _sentAt.AddHours(1)).ShouldBeFalse();

        State.Of(message, _sending.Conversation).ShouldBe(before);
    }

    [Fact]
    public void Edit_RepeatedAfterALostResponse_ChangesNothingAlsoAfterTheTimeLimit()
    {
        var message = _sending.Send(_sentAt);
        Edit(message, "First", version: 0, _sentAt.AddMinutes(1)).ShouldBeTrue();

        Edit(message, "First", version: 0, _sentAt.AddDays(1)).ShouldBeFalse();

        message.Version.ShouldBe(1);
        _sending.Conversation.Revision.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void Edit_OfAnotherVersion_IsAConflictWithTheCurrentOne(int version)
    {
        var message = _sending.Send(_sentAt);
        Edit(message, "First", version: 0, _sentAt.AddMinutes(1));

        var error = ThrownError.Of(() => Edit(message, "Second", version, _sentAt.AddMinutes(2)));

        error.Code.ShouldBe("message.edit_conflict");
        error.ShouldHaveDetails(("version", 1));
        error.Message.ShouldBe("The message has another version than the given one.");
        message.Content.ShouldBe("First");
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void Edit_AroundTheTimeLimit_IsRejectedAtTheInstantItself(int microseconds, bool isEdited)
    {
        var message = _sending.Send(_sentAt);
        var now = _sentAt.AddMinutes(15).AddMicroseconds(microseconds);

        if (isEdited)
        {
            Edit(message, "First", version: 0, now).ShouldBeTrue();
            return;
        }

        var error = ThrownError.Of(() => Edit(message, "First", version: 0, now));
        error.Code.ShouldBe("message.edit_window_over");
        error.ShouldHaveDetails(("editableUntil", _sentAt.AddMinutes(15)));
    }

    [Fact]
    public void Edit_OftenerThanAllowed_IsRejected()
    {
        var message = _sending.Send(_sentAt);
        for (var version = 0; version < 10; version++)
            Edit(message, $"Text {version}", version, _sentAt.AddMinutes(1)).ShouldBeTrue();

        var error = ThrownError.Of(() => Edit(message, "One more", version: 10, _sentAt.AddMinutes(1)));

        error.Code.ShouldBe("message.too_many_edits");
        error.ShouldHaveDetails(("max", 10));
        message.NewVersions.Count.ShouldBe(10);
    }

    [Theory]
    [InlineData("", "message.empty")]
    [InlineData(" \n", "message.empty")]
    [InlineData("\0", "message.invalid_text")]
    public void Edit_ToAnInvalidText_IsRejectedAsForASend(string content, string code)
    {
        var message = _sending.Send(_sentAt);

        ThrownError.CodeOf(() => Edit(message, content, version: 0, _sentAt)).ShouldBe(code);
    }

    [Fact]
    public void Edit_ByAnotherUserOrOfAnInvisibleMessage_IsRejected()
    {
        var message = _sending.Send(_sentAt, expirationHours: 1);

        CodeOfEdit(_other, _sentAt).ShouldBe("message.not_yours");
        CodeOfEdit(new UserId(Guid.CreateVersion7()), _sentAt).ShouldBe("conversation.not_found");
        CodeOfEdit(_sender, _sentAt.AddHours(1)).ShouldBe("message.not_found");
        _sending.Delete(message, _sentAt.AddMinutes(1));
        CodeOfEdit(_sender, _sentAt.AddMinutes(2)).ShouldBe("message.not_found");

        string CodeOfEdit(UserId userId, DateTimeOffset now) =>
            ThrownError.CodeOf(() => message.Edit(_sending.Conversation, userId, "First", 0, _policy, TestHasher.None, now));
    }

    [Fact]
    public void EnsureSameRequest_OfAnEditedMessage_AcceptsTheRequestAsItWasSent()
    {
        var message = _sending.Send(_sentAt, content: "Frist", clientMessageId: Guid.CreateVersion7());
        Edit(message, "First", version: 0, _sentAt.AddMinutes(1));

        Should.NotThrow(() => message.EnsureSameRequest(message.ConversationId, new MessageDraft(_sender, "Frist"), TestHasher.None));
    }

    private bool Edit(Message message, string content, int version, DateTimeOffset now) =>
        message.Edit(_sending.Conversation, _sender, content, version, _policy, TestHasher.None, now);
}
