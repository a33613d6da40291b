using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

/// <summary>Tests the default expiration of a conversation, and the earlier expiry of a message.</summary>
public sealed class ExpirationTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly UserId _other = new(Given.Startup.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new(0, 10, TimeZoneInfo.Utc));

    private Conversation Conversation => _sending.Conversation;

    [Fact]
    public void SetDefaultExpiration_ByEither_NumbersTheChangeAndIsNoActivity()
    {
        _sending.Send(_sentAt);
        var activity = Conversation.LastActivityAt;

        Conversation.SetDefaultExpiration(_other, 24);
        Conversation.SetDefaultExpiration(_sender, null);

        Conversation.DefaultExpirationHours.ShouldBeNull();
        Conversation.Revision.ShouldBe(3);
        Conversation.LastSequence.ShouldBe(1);
        Conversation.LastActivityAt.ShouldBe(activity);
        Conversation.DomainEvents.OfType<DefaultExpirationChanged>()
            .Select(changed => (changed.Revision, changed.DefaultExpirationHours, changed.ByUserId))
            .ShouldBe([(2, 24, _other), (3, null, _sender)]);
        Conversation.DefaultExpirationSetBy.ShouldBe(_sender.Value);
    }

    [Fact]
    public void SetDefaultExpiration_ToTheSameValue_ChangesNothing()
    {
        Conversation.SetDefaultExpiration(_other, null);
        Conversation.SetDefaultExpiration(_other, 24);

        Conversation.SetDefaultExpiration(_sender, 24);

        Conversation.Revision.ShouldBe(1);
        Conversation.DefaultExpirationSetBy.ShouldBe(_other.Value);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(8760, true)]
    [InlineData(8761, false)]
    [InlineData(-1, false)]
    public void SetDefaultExpiration_OutOfItsRange_IsRejected(int hours, bool isAccepted)
    {
        if (isAccepted)
        {
            Conversation.SetDefaultExpiration(_sender, hours);
            Conversation.DefaultExpirationHours.ShouldBe(hours);
            return;
        }

        ThrownError.CodeOf(() => Conversation.SetDefaultExpiration(_sender, hours)).ShouldBe("conversation.invalid_expiration");
        Conversation.Revision.ShouldBe(0);
    }

    [Fact]
    public void SetDefaultExpiration_ByNonParticipant_IsNotFound() =>
        ThrownError.CodeOf(() => Conversation.SetDefaultExpiration(new UserId(Guid.CreateVersion7()), 24)).ShouldBe("conversation.not_found");

    [Fact]
    public void Send_InAConversationWithADefault_TakesItUnlessTheSenderChooses()
    {
        var before = _sending.Send(_sentAt);
        Conversation.SetDefaultExpiration(_other, 24);

        var byDefault = Send(new MessageDraft(_sender, "By default"));
        var chosen = Send(new MessageDraft(_sender, "Chosen", 1));
        var never = Send(new MessageDraft(_sender, "Never", neverExpires: true));

        (before.ExpiresAt, before.ExpiresByDefault).ShouldBe((null, false));
        (byDefault.ExpiresAt, byDefault.ExpiresByDefault).ShouldBe((byDefault.CreatedAt.AddHours(24), true));
        (chosen.ExpiresAt, chosen.ExpiresByDefault).ShouldBe((chosen.CreatedAt.AddHours(1), false));
        (never.ExpiresAt, never.ExpiresByDefault).ShouldBe((null, false));
    }

    [Fact]
    public void Draft_WithATimeToLiveThatNeverExpires_IsRejected() =>
        ThrownError.CodeOf(() => _ = new MessageDraft(_sender, "Text", 24, neverExpires: true)).ShouldBe("message.expiration_ambiguous");

    /// <summary>A retry is compared with what the first attempt asked for, which the default did not change.</summary>
    [Fact]
    public void EnsureSameRequest_UnderAnotherDefault_ComparesWhatWasAskedFor()
    {
        var (open, hours, never) = (new MessageDraft(_sender, "Text"), new MessageDraft(_sender, "Text", 24), new MessageDraft(_sender, "Text", neverExpires: true));
        var withoutDefault = Send(open);
        Conversation.SetDefaultExpiration(_other, 24);
        var (byDefault, chosen, kept) = (Send(open), Send(hours), Send(never));
        Conversation.SetDefaultExpiration(_other, 1);

        IsSame(withoutDefault, open).ShouldBeTrue();
        IsSame(withoutDefault, hours).ShouldBeFalse();
        IsSame(byDefault, open).ShouldBeTrue();
        IsSame(byDefault, hours).ShouldBeFalse();
        IsSame(byDefault, never).ShouldBeFalse();
        IsSame(chosen, hours).ShouldBeTrue();
        IsSame(chosen, open).ShouldBeFalse();
        IsSame(kept, never).ShouldBeTrue();
        IsSame(kept, hours).ShouldBeFalse();
    }

    [Fact]
    public void ExpireSooner_ByTheSender_MovesTheExpiryForward()
    {
        var message = _sending.Send(_sentAt, expirationHours: 24);
        _sending.Send(_sentAt.AddMinutes(1));
        var (activity, balance) = (Conversation.LastActivityAt, _sending.Wallet.Balance);
        var now = _sentAt.AddHours(2);

        message.ExpireSooner(Conversation, _sender, 1, TestHasher.None, now);

        message.ExpiresAt.ShouldBe(now.AddHours(1));
        message.UpdatedAt.ShouldBe(now);
        message.Revision.ShouldBe(3);
        message.EditedAt.ShouldBeNull();
        Conversation.Revision.ShouldBe(3);
        Conversation.LastActivityAt.ShouldBe(activity);
        _sending.Wallet.Balance.ShouldBe(balance);
        message.IsVisible(now.AddHours(1).AddMicroseconds(-1)).ShouldBeTrue();
        message.IsVisible(now.AddHours(1)).ShouldBeFalse();
        var changed = message.DomainEvents[^1].ShouldBeOfType<MessageExpirationChanged>();
        changed.Revision.ShouldBe(3);
        changed.ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void ExpireSooner_AroundTheCurrentInstant_IsRejectedFromTheInstantItself(int microseconds, bool isAccepted)
    {
        var message = _sending.Send(_sentAt, expirationHours: 2);
        var now = _sentAt.AddHours(1).AddMicroseconds(microseconds);

        if (isAccepted)
        {
            message.ExpireSooner(Conversation, _sender, 1, TestHasher.None, now);
            message.ExpiresAt.ShouldBe(now.AddHours(1));
            return;
        }

        var error = ThrownError.Of(() => message.ExpireSooner(Conversation, _sender, 1, TestHasher.None, now));
        error.Code.ShouldBe("message.expiration_only_earlier");
        error.ShouldHaveDetails(("expiresAt", _sentAt.AddHours(2)));
        message.ExpiresAt.ShouldBe(_sentAt.AddHours(2));
        Conversation.Revision.ShouldBe(1);
    }

    [Fact]
    public void ExpireSooner_ByAnotherUserOrOfAnInvisibleMessage_IsRejected()
    {
        var message = _sending.Send(_sentAt, expirationHours: 2);
        var deleted = _sending.Send(_sentAt.AddMinutes(1));
        _sending.Delete(deleted, _sentAt.AddMinutes(2));

        CodeOf(message, _other, _sentAt.AddMinutes(3)).ShouldBe("message.not_yours");
        CodeOf(message, _sender, _sentAt.AddHours(2)).ShouldBe("message.not_found");
        CodeOf(message, new UserId(Guid.CreateVersion7()), _sentAt).ShouldBe("conversation.not_found");
        CodeOf(deleted, _sender, _sentAt.AddMinutes(3)).ShouldBe("message.not_found");
        foreach (var hours in new[] { 0, 8761 })
        {
            ThrownError.CodeOf(() => message.ExpireSooner(Conversation, _sender, hours, TestHasher.None, _sentAt))
                .ShouldBe("message.invalid_earlier_expiration");
        }

        string CodeOf(Message of, UserId userId, DateTimeOffset now) =>
            ThrownError.CodeOf(() => of.ExpireSooner(Conversation, userId, 1, TestHasher.None, now));
    }

    [Fact]
    public void EnsureSameRequest_AfterAnEarlierExpiry_ComparesTheFirstTimeToLive()
    {
        var (open, hours, never) = (new MessageDraft(_sender, "Text"), new MessageDraft(_sender, "Text", 24), new MessageDraft(_sender, "Text", neverExpires: true));
        var (kept, chosen) = (Send(open), Send(hours));
        Conversation.SetDefaultExpiration(_other, 24);
        var byDefault = Send(open);
        foreach (var message in new[] { kept, chosen, byDefault })
        {
            message.ExpireSooner(Conversation, _sender, 5, TestHasher.None, _sentAt.AddMinutes(1));
            message.ExpireSooner(Conversation, _sender, 1, TestHasher.None, _sentAt.AddMinutes(2));
        }

        IsSame(kept, open).ShouldBeTrue();
        IsSame(kept, never).ShouldBeTrue();
        IsSame(kept, new MessageDraft(_sender, "Text", 1)).ShouldBeFalse();
        IsSame(chosen, hours).ShouldBeTrue();
        IsSame(chosen, new MessageDraft(_sender, "Text", 1)).ShouldBeFalse();
        IsSame(chosen, open).ShouldBeFalse();
        IsSame(byDefault, open).ShouldBeTrue();
        IsSame(byDefault, hours).ShouldBeFalse();
        chosen.SentExpirationHours.ShouldBe(24);
        kept.SentExpirationHours.ShouldBe(0);
    }

    private Message Send(MessageDraft draft) =>
        Message.Send(Conversation, _sending.Quota, _sending.Wallet, new(100, 10, TimeZoneInfo.Utc), draft, maxPoints: null, _sentAt);

    private static bool IsSame(Message message, MessageDraft draft)
    {
        try
        {
            message.EnsureSameRequest(message.ConversationId, draft, TestHasher.None);

            return true;
        }
        catch (Domain.Primitives.DomainException rejection)
        {
            rejection.Error.Code.ShouldBe("message.client_id_reused");

            return false;
        }
    }
}
