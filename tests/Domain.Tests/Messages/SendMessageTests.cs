using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class SendMessageTests
{
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));
    private static readonly DateTimeOffset _midnight = Given.Instant("2026-03-11T00:00:00Z");

    [Fact]
    public void Send_FreeMessage_IsSentWithEverythingThatARecipientIsShown()
    {
        var sending = Sending.ByInvestor(balance: 100);
        var now = Given.Noon.AddMinutes(1);

        var message = sending.Send(now, content: " Hello \r\n", expirationHours: 24, clientMessageId: _clientMessageId);

        message.Id.Version.ShouldBe(7);
        message.ConversationId.ShouldBe(sending.Conversation.Id);
        message.Sequence.ShouldBe(1);
        message.Revision.ShouldBe(1);
        message.SenderId.ShouldBe(Given.Investor.Id);
        message.Content.ShouldBe(" Hello \r\n");
        message.CreatedAt.ShouldBe(now);
        message.UpdatedAt.ShouldBe(now);
        message.ExpiresAt.ShouldBe(now.AddHours(24));
        message.IsExpired.ShouldBeFalse();
        message.ClientMessageId.ShouldBe(_clientMessageId);
        message.PointsCharged.ShouldBe(0);
        var sent = message.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>();
        sent.ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
        (sent with { ParticipantIds = [] }).ShouldBe(new MessageSent(
            new MessageId(message.Id),
            new ConversationId(sending.Conversation.Id),
            1,
            1,
            new UserId(Given.Investor.Id),
            " Hello \r\n",
            now,
            now.AddHours(24),
            _clientMessageId,
            []));
    }

    [Fact]
    public void Send_FreeMessage_TakesNoPoints()
    {
        var sending = Sending.ByInvestor(balance: 100);
        var before = State.Of(sending.Wallet);

        sending.Send(Given.Noon).PointsCharged.ShouldBe(0);

        State.Of(sending.Wallet).ShouldBe(before);
        sending.Quota.MessagesSentToday.ShouldBe(1);
        sending.Quota.QuotaDate.ShouldBe(new DateOnly(2026, 3, 10));
    }

    [Fact]
    public void Send_TwentiethAndTwentyFirstOfTheDay_AreFreeAndPaid()
    {
        var sending = Sending.ByInvestor(balance: 25);
        sending.SendMany(19, Given.Noon).ShouldAllBe(message => message.PointsCharged == 0);

        var twentieth = sending.Send(Given.Noon);
        twentieth.PointsCharged.ShouldBe(0);
        sending.Wallet.Balance.ShouldBe(25);

        var twentyFirst = sending.Send(Given.Noon.AddHours(1));
        twentyFirst.PointsCharged.ShouldBe(10);
        sending.Wallet.Balance.ShouldBe(15);
        sending.Quota.MessagesSentToday.ShouldBe(21);
        twentyFirst.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>().MessageId.ShouldBe(new MessageId(twentyFirst.Id));
    }

    [Fact]
    public void Send_PaidMessage_IsChargedWithALineThatNamesIt()
    {
        var sending = Sending.ByInvestor(balance: 25);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        var message = sending.Send(Given.Noon.AddHours(1));

        var line = sending.Wallet.NewTransactions[^1];
        line.Type.ShouldBe(WalletTransactionType.Spend);
        line.Amount.ShouldBe(-10);
        line.BalanceAfter.ShouldBe(15);
        line.MessageId.ShouldBe(message.Id);
        line.ConversationId.ShouldBe(sending.Conversation.Id);
        line.CreatedAt.ShouldBe(Given.Noon.AddHours(1));
        sending.Wallet.DomainEvents.ShouldHaveSingleItem()
            .ShouldBe(new WalletCharged(new UserId(Given.Investor.Id), new TransactionId(line.Id), 10, 15, new ConversationId(sending.Conversation.Id), new MessageId(message.Id)));
    }

    [Fact]
    public void Send_InAnotherConversation_CountsForTheSameQuota()
    {
        var sending = Sending.ByInvestor(balance: 10);
        var other = Given.Conversation();
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        var message = Message.Send(
            other,
            sending.Quota,
            sending.Wallet,
            sending.Policy,
            new MessageDraft(new UserId(Given.Investor.Id), "Hello"),
            maxPoints: null,
            Given.Noon);

        message.Sequence.ShouldBe(1);
        message.PointsCharged.ShouldBe(10);
        sending.Wallet.Balance.ShouldBe(0);
    }

    [Fact]
    public void Send_NextDay_IsFreeAgainFromMidnightOn()
    {
        var sending = Sending.ByInvestor(balance: 10);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        sending.Send(_midnight - Given.Microsecond).PointsCharged.ShouldBe(10);
        sending.Send(_midnight).PointsCharged.ShouldBe(0);

        sending.Quota.MessagesSentToday.ShouldBe(1);
    }

    [Fact]
    public void Send_AfterTheClockWentBackADay_IsNotFreeASecondTime()
    {
        var sending = Sending.ByInvestor(balance: 20);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        sending.Send(Given.Noon.AddDays(-1)).PointsCharged.ShouldBe(10);
        sending.Send(Given.Noon).PointsCharged.ShouldBe(10);

        sending.Quota.MessagesSentToday.ShouldBe(22);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Send_BeyondTheBalance_ReportsPriceBalanceAndWhenTheFreeMessagesReturn(long balance)
    {
        var sending = Sending.ByInvestor(balance);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        var error = ThrownError.Of(() => sending.Send(Given.Noon));

        error.Code.ShouldBe("wallet.insufficient_balance");
        error.ShouldHaveDetails(("price", 10L), ("balance", balance), ("resetsAt", _midnight));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public void Send_WithinTheBalance_IsPaid(long balance, long expectedBalance)
    {
        var sending = Sending.ByInvestor(balance);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        sending.Send(Given.Noon).PointsCharged.ShouldBe(10);

        sending.Wallet.Balance.ShouldBe(expectedBalance);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Send_DearerThanAgreed_ReportsThePrice(long maxPoints)
    {
        var sending = Sending.ByInvestor(balance: 100);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        var error = ThrownError.Of(() => sending.Send(Given.Noon, maxPoints));

        error.Code.ShouldBe("payment.consent_required");
        error.ShouldHaveDetails(("price", 10L), ("balance", 100L), ("remainingFree", 0), ("resetsAt", _midnight));
    }

    [Fact]
    public void Send_AgreedToLessThanNothing_IsRejected()
    {
        var sending = Sending.ByInvestor(balance: 100);
        var before = sending.State;

        ThrownError.CodeOf(() => sending.Send(Given.Noon, maxPoints: -1)).ShouldBe("payment.invalid_max_points");

        sending.State.ShouldBe(before);
    }

    [Theory]
    [InlineData(10L)]
    [InlineData(11L)]
    [InlineData(null)]
    public void Send_NotDearerThanAgreed_ChargesThePriceAndNoMore(long? maxPoints)
    {
        var sending = Sending.ByInvestor(balance: 100);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        sending.Send(Given.Noon, maxPoints).PointsCharged.ShouldBe(10);

        sending.Wallet.Balance.ShouldBe(90);
    }

    [Fact]
    public void Send_FreeAndAgreedToPayNothing_IsSent() =>
        Sending.ByInvestor().Send(Given.Noon, maxPoints: 0).PointsCharged.ShouldBe(0);

    [Fact]
    public void Send_DearerThanAgreedAndThanTheBalance_AsksForConsentFirst()
    {
        var sending = Sending.ByInvestor();
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        ThrownError.CodeOf(() => sending.Send(Given.Noon, maxPoints: 9)).ShouldBe("payment.consent_required");
    }

    [Theory]
    [InlineData(1, 7, 7)]
    [InlineData(0, 3, 3)]
    public void Send_UnderAnotherPolicy_FollowsItsLimitAndPrice(int limit, long price, long expectedCharge)
    {
        var sending = Sending.ByInvestor(balance: 100, new QuotaPolicy(limit, price, TimeZoneInfo.Utc));
        sending.SendMany(limit, Given.Noon).ShouldAllBe(message => message.PointsCharged == 0);

        sending.Send(Given.Noon).PointsCharged.ShouldBe(expectedCharge);
    }

    [Fact]
    public void Send_WithOwnLimitAndPrice_FollowsThemAtOnce()
    {
        var sending = Sending.ByInvestor(balance: 100);
        sending.SendMany(2, Given.Noon).Count.ShouldBe(2);
        sending.Quota.Override(dailyFreeLimit: 3, pointsPerMessage: 40);

        sending.Send(Given.Noon).PointsCharged.ShouldBe(0);
        sending.Send(Given.Noon).PointsCharged.ShouldBe(40);

        sending.Wallet.Balance.ShouldBe(60);
    }

    [Fact]
    public void Send_WithAPriceOfNothing_IsFreeWithoutALine()
    {
        var sending = Sending.ByInvestor();
        sending.Quota.Override(dailyFreeLimit: 0, pointsPerMessage: 0);

        sending.Send(Given.Noon, maxPoints: 0).PointsCharged.ShouldBe(0);

        sending.Wallet.NewTransactions.ShouldBeEmpty();
        sending.Quota.MessagesSentToday.ShouldBe(1);
    }

    [Fact]
    public void Send_ByNonParticipant_IsNotFound()
    {
        var conversation = Given.Conversation();
        var quota = MessageQuota.Open(Given.NonParticipantId);
        var wallet = Wallet.Open(Given.NonParticipantId, 100, Given.Noon);
        var draft = new MessageDraft(Given.NonParticipantId, "Hello");
        var before = State.Of(conversation, quota, wallet);

        ThrownError.CodeOf(() => Message.Send(conversation, quota, wallet, QuotaPolicy.Default, draft, null, Given.Noon))
            .ShouldBe("conversation.not_found");

        State.Of(conversation, quota, wallet).ShouldBe(before);
    }

    [Theory]
    [InlineData(5, 9L, "payment.consent_required")]
    [InlineData(100, 9L, "payment.consent_required")]
    [InlineData(9, null, "wallet.insufficient_balance")]
    [InlineData(9, 10L, "wallet.insufficient_balance")]
    public void Send_Rejected_ChangesNothing(long balance, long? maxPoints, string expectedCode)
    {
        var sending = Sending.ByInvestor(balance);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);
        var before = sending.State;

        ThrownError.CodeOf(() => sending.Send(Given.Noon.AddHours(1), maxPoints)).ShouldBe(expectedCode);

        sending.State.ShouldBe(before);
        sending.Conversation.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<ConversationStarted>();
        sending.Wallet.DomainEvents.ShouldBeEmpty();
        sending.Quota.DomainEvents.ShouldBeEmpty();
    }

    [Fact]
    public void Send_AfterARejection_TakesTheVeryNextPlace()
    {
        var sending = Sending.ByInvestor(balance: 10);
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);
        ThrownError.CodeOf(() => sending.Send(Given.Noon, maxPoints: 0)).ShouldBe("payment.consent_required");

        var message = sending.Send(Given.Noon);

        message.Sequence.ShouldBe(21);
        message.Revision.ShouldBe(21);
    }

    [Fact]
    public void Send_WithAnotherUsersQuota_IsAProgrammersErrorAndChangesNothing()
    {
        var sending = Sending.ByInvestor();
        var others = MessageQuota.Open(Given.Startup.Id);
        var before = State.Of(sending.Conversation, others, sending.Wallet);

        Should.Throw<ArgumentException>(() => Message.Send(
            sending.Conversation,
            others,
            sending.Wallet,
            sending.Policy,
            new MessageDraft(new UserId(Given.Investor.Id), "Hello"),
            null,
            Given.Noon));

        State.Of(sending.Conversation, others, sending.Wallet).ShouldBe(before);
    }

    [Fact]
    public void Send_WithAnotherUsersWallet_IsAProgrammersErrorAndChangesNothing()
    {
        var sending = Sending.ByInvestor();
        var others = Wallet.Open(Given.Startup.Id, 100, Given.Noon);
        var before = State.Of(sending.Conversation, sending.Quota, others);

        Should.Throw<ArgumentException>(() => Message.Send(
            sending.Conversation,
            sending.Quota,
            others,
            sending.Policy,
            new MessageDraft(new UserId(Given.Investor.Id), "Hello"),
            null,
            Given.Noon));

        State.Of(sending.Conversation, sending.Quota, others).ShouldBe(before);
    }

    [Fact]
    public void Send_ByBothSides_NumbersAllMessagesOneAfterTheOther()
    {
        var conversation = Given.Conversation();
        var investor = new Sending(Given.Investor, conversation, 0, QuotaPolicy.Default);
        var startup = new Sending(Given.Startup, conversation, 0, QuotaPolicy.Default);

        Message[] messages = [investor.Send(Given.Noon), startup.Send(Given.Noon), startup.Send(Given.Noon), investor.Send(Given.Noon)];

        messages.Select(message => message.Sequence).ShouldBe([1L, 2L, 3L, 4L]);
        messages.Select(message => message.Revision).ShouldBe([1L, 2L, 3L, 4L]);
        conversation.LastSequence.ShouldBe(4);
        conversation.Revision.ShouldBe(4);
        investor.Quota.MessagesSentToday.ShouldBe(2);
        startup.Quota.MessagesSentToday.ShouldBe(2);
    }

    [Fact]
    public void Send_Message_MarksNothingAsRead()
    {
        var conversation = Given.Conversation();
        var investor = new Sending(Given.Investor, conversation, 0, QuotaPolicy.Default);
        var startup = new Sending(Given.Startup, conversation, 0, QuotaPolicy.Default);
        investor.SendMany(2, Given.Noon).Count.ShouldBe(2);

        startup.Send(Given.Noon).Sequence.ShouldBe(3);

        conversation.Participants.ShouldAllBe(participant => participant.LastReadSequence == 0);
        conversation.NewReadMarks.ShouldBeEmpty();
    }

    [Fact]
    public void Send_FirstAtTheTimeOfTheStart_IsLaterThanTheStart()
    {
        var sending = Sending.ByInvestor();

        sending.Send(Given.Noon).CreatedAt.ShouldBe(Given.Noon + Given.Microsecond);
    }

    [Fact]
    public void Send_WhileTheClockStandsStill_IsLaterByOneMicrosecondEach()
    {
        var sending = Sending.ByInvestor();
        var now = Given.Noon.AddMinutes(1);

        var messages = sending.SendMany(3, now);

        messages.Select(message => message.CreatedAt).ShouldBe([now, now + Given.Microsecond, now + (2 * Given.Microsecond)]);
        sending.Conversation.LastActivityAt.ShouldBe(now + (2 * Given.Microsecond));
    }

    [Fact]
    public void Send_AfterTheClockWentBack_IsStillLaterThanEveryMessageBefore()
    {
        var sending = Sending.ByInvestor();
        var first = sending.Send(Given.Noon.AddHours(1));

        var second = sending.Send(Given.Noon.AddDays(-1));
        var third = sending.Send(Given.Noon.AddHours(2));

        second.CreatedAt.ShouldBe(first.CreatedAt + Given.Microsecond);
        third.CreatedAt.ShouldBe(Given.Noon.AddHours(2));
    }

    [Fact]
    public void Send_WithTimeFinerThanStorage_IsCutToMicroseconds()
    {
        var message = Sending.ByInvestor().Send(Given.Noon.AddMinutes(1).AddTicks(19));

        message.CreatedAt.ShouldBe(Given.Noon.AddMinutes(1).AddTicks(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8760)]
    public void Send_WithExpiration_ExpiresThatLongAfterItsOwnTime(int hours)
    {
        var sending = Sending.ByInvestor();
        var first = sending.Send(Given.Noon.AddHours(1), expirationHours: hours);

        var second = sending.Send(Given.Noon, expirationHours: hours);

        first.ExpiresAt.ShouldBe(Given.Noon.AddHours(1 + hours));
        second.ExpiresAt.ShouldBe(Given.Noon.AddHours(1 + hours) + Given.Microsecond);
    }

    [Fact]
    public void Send_WithoutExpiration_NeverExpires() => Sending.ByInvestor().Send(Given.Noon).ExpiresAt.ShouldBeNull();
}
