using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class DeleteMessageTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly UserId _other = new(Given.Startup.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);
    private static readonly MessageChangePolicy _policy = MessageChangePolicy.Default;

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new(0, 10, TimeZoneInfo.Utc));

    [Fact]
    public void Delete_ByTheSender_ErasesTheTextAndNumbersTheChange()
    {
        var message = _sending.Send(_sentAt, content: "Secret", expirationHours: 24);
        _sending.Send(_sentAt.AddMinutes(1));
        var activity = _sending.Conversation.LastActivityAt;
        var now = _sentAt.AddHours(1);

        _sending.Delete(message, now).ShouldBeTrue();

        message.Content.ShouldBeEmpty();
        message.DeletedAt.ShouldBe(now);
        message.DeletedBy.ShouldBe(MessageDeleter.Sender);
        message.UpdatedAt.ShouldBe(now);
        message.Revision.ShouldBe(3);
        message.Sequence.ShouldBe(1);
        _sending.Conversation.Revision.ShouldBe(3);
        _sending.Conversation.LastSequence.ShouldBe(2);
        _sending.Conversation.LastActivityAt.ShouldBe(activity);
        message.IsVisible(now).ShouldBeFalse();
        var deleted = message.DomainEvents[^1].ShouldBeOfType<MessageDeleted>();
        deleted.Revision.ShouldBe(3);
        deleted.ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
    }

    [Fact]
    public void Delete_OfAPaidMessage_RefundsNothing()
    {
        var message = _sending.Send(_sentAt);
        var (sent, balance) = (_sending.Quota.MessagesSentToday, _sending.Wallet.Balance);

        _sending.Delete(message, _sentAt.AddMinutes(1));

        _sending.Wallet.Balance.ShouldBe(balance);
        _sending.Quota.MessagesSentToday.ShouldBe(sent);
        message.PointsCharged.ShouldBe(10);
    }

    [Fact]
    public void Delete_Again_ChangesNothingAlsoAfterTheTimeLimit()
    {
        var message = _sending.Send(_sentAt);
        _sending.Delete(message, _sentAt.AddMinutes(1));
        var before = State.Of(message, _sending.Conversation);

        _sending.Delete(message, _sentAt.AddDays(30)).ShouldBeFalse();

        State.Of(message, _sending.Conversation).ShouldBe(before);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void Delete_AroundTheTimeLimit_IsRejectedAtTheInstantItself(int microseconds, bool isDeleted)
    {
        var message = _sending.Send(_sentAt);
        var now = _sentAt.AddHours(48).AddMicroseconds(microseconds);

        if (isDeleted)
        {
            _sending.Delete(message, now).ShouldBeTrue();
            return;
        }

        var error = ThrownError.Of(() => _sending.Delete(message, now));
        error.Code.ShouldBe("message.delete_window_over");
        error.ShouldHaveDetails(("deletableUntil", _sentAt.AddHours(48)));
        message.Content.ShouldBe("Hello");
        _sending.Conversation.Revision.ShouldBe(1);
    }

    [Fact]
    public void Delete_ByTheOther_IsForbiddenWhileTheMessageIsVisibleAndNotFoundAfterwards()
    {
        var message = _sending.Send(_sentAt, expirationHours: 1);

        CodeOfDelete(_other, _sentAt.AddMinutes(1)).ShouldBe("message.not_yours");
        CodeOfDelete(_other, _sentAt.AddHours(1)).ShouldBe("message.not_found");
        CodeOfDelete(_sender, _sentAt.AddHours(1)).ShouldBe("message.not_found");
        CodeOfDelete(new UserId(Guid.CreateVersion7()), _sentAt).ShouldBe("conversation.not_found");
        _sending.Delete(message, _sentAt.AddMinutes(1));
        CodeOfDelete(_other, _sentAt.AddMinutes(2)).ShouldBe("message.not_found");

        string CodeOfDelete(UserId userId, DateTimeOffset now) =>
            ThrownError.CodeOf(() => message.Delete(
                _sending.Conversation, userId, _sending.Conversation.ParticipantIds, _policy, TestHasher.None, now));
    }

    [Fact]
    public void Delete_OfAMessageThatTheUserHasHidden_IsPossibleForTheSenderOnly()
    {
        var message = _sending.Send(_sentAt);

        ThrownError.CodeOf(() => Delete(_other, viewers: [Given.Investor.Id])).ShouldBe("message.not_found");
        Delete(_sender, viewers: [Given.Startup.Id]).ShouldBeTrue();

        message.DomainEvents[^1].ShouldBeOfType<MessageDeleted>().ViewerIds.ShouldBe([Given.Startup.Id]);

        bool Delete(UserId userId, IReadOnlyList<Guid> viewers) =>
            message.Delete(_sending.Conversation, userId, viewers, _policy, TestHasher.None, _sentAt.AddMinutes(1));
    }

    [Fact]
    public void Delete_WhileTheClockWasSetBack_IsLaterThanTheSend()
    {
        var message = _sending.Send(_sentAt);

        _sending.Delete(message, _sentAt.AddDays(-1));

        message.DeletedAt.ShouldBe(_sentAt.AddMicroseconds(1));
    }

    [Fact]
    public void EnsureSameRequest_OfADeletedMessage_ComparesAllButTheErasedText()
    {
        var message = _sending.Send(_sentAt, content: "Secret", expirationHours: 24, clientMessageId: Guid.CreateVersion7());
        _sending.Delete(message, _sentAt.AddMinutes(1));

        Should.NotThrow(() => message.EnsureSameRequest(message.ConversationId, new MessageDraft(_sender, "Secret", 24), TestHasher.None));
        ThrownError.CodeOf(() => message.EnsureSameRequest(message.ConversationId, new MessageDraft(_sender, "Secret", 25), TestHasher.None))
            .ShouldBe("message.client_id_reused");
        ThrownError.CodeOf(() => message.EnsureSameRequest(Guid.CreateVersion7(), new MessageDraft(_sender, "Secret", 24), TestHasher.None))
            .ShouldBe("message.client_id_reused");
    }
}
