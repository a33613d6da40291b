using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Tests.Attachments;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class MarkPlayedTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly UserId _receiver = new(Given.Startup.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);

    private readonly Sending _sending = Sending.ByInvestor(balance: 100);

    [Fact]
    public void MarkPlayed_ByTheReceiver_RecordsTheFirstTimeOnly()
    {
        var message = SendRecording();

        MarkPlayed(message, _receiver, _sentAt.AddMinutes(2));
        MarkPlayed(message, _receiver, _sentAt.AddMinutes(3));

        (message.PlayedAt, message.UpdatedAt, message.Revision).ShouldBe((_sentAt.AddMinutes(2), _sentAt.AddMinutes(2), 2));
        _sending.Conversation.LastSequence.ShouldBe(1);
        var played = message.DomainEvents.OfType<MessagePlayed>().ShouldHaveSingleItem();
        (played.MessageId.Value, played.ConversationId.Value, played.Revision).ShouldBe((message.Id, message.ConversationId, 2));
        played.ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
    }

    [Fact]
    public void MarkPlayed_ByTheSender_ChangesNothing()
    {
        var message = SendRecording();

        MarkPlayed(message, _sender, _sentAt.AddMinutes(2));

        (message.PlayedAt, message.Revision).ShouldBe((null, 1));
        message.DomainEvents.OfType<MessagePlayed>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(AttachmentKind.File)]
    [InlineData(AttachmentKind.Image)]
    public void MarkPlayed_OfAnotherMessageThanAVoiceMessage_IsRejected(AttachmentKind? kind)
    {
        var message = kind is { } attached ? SendAttachment(attached) : _sending.Send(_sentAt);

        foreach (var user in new[] { _sender, _receiver })
            ThrownError.CodeOf(() => MarkPlayed(message, user, _sentAt)).ShouldBe("message.not_playable");
        message.PlayedAt.ShouldBeNull();
    }

    [Fact]
    public void MarkPlayed_OfAMessageThatIsNotVisible_IsNotFound()
    {
        var expiring = SendRecording(expirationHours: 1);
        var deleted = SendRecording();
        MarkPlayed(deleted, _receiver, _sentAt.AddMinutes(1));
        _sending.Delete(deleted, _sentAt.AddMinutes(2));

        deleted.PlayedAt.ShouldBeNull();
        ThrownError.CodeOf(() => MarkPlayed(deleted, _receiver, _sentAt.AddMinutes(3))).ShouldBe("message.not_found");
        ThrownError.CodeOf(() => MarkPlayed(expiring, _receiver, _sentAt.AddHours(1))).ShouldBe("message.not_found");
        ThrownError.CodeOf(() => MarkPlayed(expiring, Given.NonParticipantId, _sentAt)).ShouldBe("conversation.not_found");
        MarkPlayed(expiring, _receiver, _sentAt.AddHours(1) - Given.Microsecond);
        expiring.PlayedAt.ShouldBe(_sentAt.AddHours(1) - Given.Microsecond);
    }

    [Fact]
    public void MarkPlayed_WhileTheClockIsSetBack_IsLaterThanTheLatestChange()
    {
        var message = SendRecording();

        MarkPlayed(message, _receiver, _sentAt.AddDays(-1));

        message.PlayedAt.ShouldBe(_sentAt + Given.Microsecond);
    }

    [Fact]
    public void IsCommitted_OfAPlayedMarkBeforeALaterChange_IsKnownByItsTime()
    {
        var message = SendRecording();
        MarkPlayed(message, _receiver, _sentAt.AddMinutes(1));
        var played = message.DomainEvents.OfType<MessagePlayed>().Single();

        _sending.Edit(message, "Caption", _sentAt.AddMinutes(2));

        ((IVerifiableEvent)played).IsCommitted(message).ShouldBe(true);
    }

    private void MarkPlayed(Message message, UserId userId, DateTimeOffset now) =>
        message.MarkPlayed(_sending.Conversation, userId, now);

    private Message SendRecording(int? expirationHours = null) => SendAttachment(AttachmentKind.Voice, expirationHours);

    private Message SendAttachment(AttachmentKind kind, int? expirationHours = null)
    {
        var attachment = TestUpload.Ready(_sending.Conversation, kind);
        var draft = new MessageDraft(_sender, "", expirationHours, attachmentIds: [new AttachmentId(attachment.Id)]);

        return Message.Send(
            _sending.Conversation, _sending.Quota, _sending.Wallet, _sending.Policy, draft, maxPoints: null, _sentAt, [attachment]);
    }
}
