using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Tests.Attachments;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class SendAttachmentsTests
{
    private static readonly DateTimeOffset _removedAt = Given.Noon + AttachmentPolicy.UnsentLifetime;

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new QuotaPolicy(0, 10, TimeZoneInfo.Utc));

    [Fact]
    public void Send_WithAttachments_BindsThemInTheOrderOfTheDraft()
    {
        var (first, second) = (Ready(), TestUpload.Ready(_sending.Conversation, AttachmentKind.Image, name: "figures.png"));

        var message = Send(Draft("Both", [second, first], hours: 24), [first, second]);

        var shown = message.Attachments.ShouldNotBeNull();
        shown.Ids.ShouldBe([second.Id, first.Id]);
        shown.All[0].ShouldBe(new MessageAttachment(
            second.Id, AttachmentKind.Image, "figures.png", null, TestUpload.Content.ContentType, 3, null, null, null, null, null));
        foreach (var attachment in new[] { first, second })
            (attachment.MessageId, attachment.RemoveAt).ShouldBe((message.Id, message.ExpiresAt));
        message.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>().Attachments.ShouldBe(shown.All);
        message.PointsCharged.ShouldBe(10);
    }

    [Fact]
    public void Send_WithoutAttachments_HasNone()
    {
        var message = _sending.Send(Given.Noon);

        message.Attachments.ShouldBeNull();
        message.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>().Attachments.ShouldBeNull();
    }

    [Fact]
    public void Send_OfAnAttachmentWithAMessageThatNeverExpires_KeepsItForever()
    {
        var attachment = Ready();

        Send(Draft("", [attachment]), [attachment]).Content.ShouldBe("");

        attachment.RemoveAt.ShouldBeNull();
    }

    [Theory]
    [InlineData("unknown", "attachment.not_found")]
    [InlineData("another user's", "attachment.not_found")]
    [InlineData("of another conversation", "attachment.not_found")]
    [InlineData("canceled", "attachment.not_found")]
    [InlineData("receiving", "attachment.not_ready")]
    [InlineData("rejected", "attachment.not_ready")]
    [InlineData("sent", "attachment.already_sent")]
    public void Send_OfAnAttachmentThatCannotBeSent_IsRejectedAndChangesNothing(string which, string expectedCode)
    {
        var (good, bad) = (Ready(), Unsendable(which));
        var draft = Draft("Text", [good, bad]);
        var before = State.Of(_sending.Conversation, _sending.Quota, _sending.Wallet, good, bad);

        ThrownError.CodeOf(() => Send(draft, which == "unknown" ? [good] : [good, bad], Given.Noon.AddMinutes(1))).ShouldBe(expectedCode);

        State.Of(_sending.Conversation, _sending.Quota, _sending.Wallet, good, bad).ShouldBe(before);
    }

    [Fact]
    public void Send_OfAnAttachmentAroundTheEndOfItsTime_IsNotFoundFromTheInstantItself()
    {
        var (inTime, late) = (Ready(), Ready());

        Send(Draft("", [inTime]), [inTime], _removedAt - Given.Microsecond).Attachments.ShouldNotBeNull();
        ThrownError.CodeOf(() => Send(Draft("", [late]), [late], _removedAt)).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void Send_OfAVoiceMessage_IsAcceptedOnlyByItself()
    {
        var (voice, other) = (TestUpload.Ready(_sending.Conversation, AttachmentKind.Voice), Ready());

        ThrownError.CodeOf(() => Send(Draft("", [other, voice]), [other, voice])).ShouldBe("message.voice_alone");
        var shown = Send(Draft("What I say", [voice]), [voice]).Attachments!.All[0];

        shown.DurationMs.ShouldBe(1_000);
        shown.Waveform.ShouldBe([0, 50, 100]);
    }

    /// <summary>Tests that a caller who may not send learns nothing of attachments, and that no one is asked for points in vain.</summary>
    [Fact]
    public void Send_WithSeveralFaults_ReportsTheParticipantThenTheAttachmentThenThePrice()
    {
        var receiving = TestUpload.Begin(_sending.Conversation);
        var draft = Draft("", [receiving]);

        ThrownError.CodeOf(() => Message.Send(
            _sending.Conversation,
            MessageQuota.Open(Given.NonParticipantId),
            Wallet.Open(Given.NonParticipantId, 0, Given.Noon),
            _sending.Policy,
            new MessageDraft(Given.NonParticipantId, "", attachmentIds: draft.AttachmentIds),
            maxPoints: 0,
            Given.Noon,
            [receiving])).ShouldBe("conversation.not_found");
        ThrownError.CodeOf(() => Send(draft, [receiving], maxPoints: 0)).ShouldBe("attachment.not_ready");
        var ready = Ready();
        ThrownError.CodeOf(() => Send(Draft("", [ready]), [ready], maxPoints: 0)).ShouldBe("payment.consent_required");
        ready.MessageId.ShouldBeNull();
    }

    [Fact]
    public void BindTo_OfAnAttachmentThatIsBoundOrNotReady_IsAProgrammersError()
    {
        var attachment = Ready();
        attachment.BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: null);

        Should.Throw<InvalidOperationException>(() => attachment.BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: null));
        Should.Throw<InvalidOperationException>(
            () => TestUpload.Begin(_sending.Conversation).BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: null));
    }

    [Fact]
    public void Edit_OfAMessageWithAttachments_CanRemoveTheTextAndKeepsThem()
    {
        var attachment = Ready();
        var message = Send(Draft("Caption", [attachment]), [attachment]);

        _sending.Edit(message, "", Given.Noon.AddMinutes(1)).ShouldBeTrue();

        (message.Content, message.Version).ShouldBe(("", 1));
        message.Attachments.ShouldNotBeNull().Ids.ShouldBe([attachment.Id]);
        ThrownError.CodeOf(() => _sending.Edit(message, " ", Given.Noon.AddMinutes(2))).ShouldBe("message.empty");
        _sending.Edit(message, "New caption", Given.Noon.AddMinutes(2)).ShouldBeTrue();
    }

    [Fact]
    public void Delete_OfAMessageWithAttachments_ErasesThem()
    {
        var attachment = Ready();
        var message = Send(Draft("", [attachment]), [attachment]);

        _sending.Delete(message, Given.Noon.AddMinutes(1)).ShouldBeTrue();

        message.Attachments.ShouldBeNull();
        message.DeletedAt.ShouldNotBeNull();
    }

    private Attachment Unsendable(string which)
    {
        var attachment = which switch
        {
            "another user's" => TestUpload.Ready(_sending.Conversation, uploaderId: new UserId(Given.Startup.Id)),
            "of another conversation" => TestUpload.Ready(Given.Conversation()),
            "receiving" or "rejected" => TestUpload.Begin(_sending.Conversation),
            _ => Ready(),
        };
        if (which == "canceled")
            attachment.Cancel(Given.Noon);
        else if (which == "rejected")
            attachment.Reject(AttachmentErrors.Infected, Given.Noon);
        else if (which == "sent")
            attachment.BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: null);

        return attachment;
    }

    private Attachment Ready() => TestUpload.Ready(_sending.Conversation);

    private static MessageDraft Draft(string content, IEnumerable<Attachment> attachments, int? hours = null) => new(
        new UserId(Given.Investor.Id), content, hours, attachmentIds: [.. attachments.Select(attachment => new AttachmentId(attachment.Id))]);

    private Message Send(
        MessageDraft draft, IReadOnlyCollection<Attachment> attachments, DateTimeOffset? now = null, long? maxPoints = null) => Message.Send(
        _sending.Conversation, _sending.Quota, _sending.Wallet, _sending.Policy, draft, maxPoints, now ?? Given.Noon, attachments);
}
