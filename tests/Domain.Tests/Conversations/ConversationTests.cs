using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Tests.Conversations;

public sealed class ConversationTests
{
    [Fact]
    public void Start_InvestorWithStartup_IsStarted()
    {
        var conversation = Conversation.Start(Given.Investor, Given.Startup, price: 0, agreed: null, Given.Noon);

        conversation.Id.Version.ShouldBe(7);
        conversation.LastSequence.ShouldBe(0);
        conversation.Revision.ShouldBe(0);
        conversation.CreatedAt.ShouldBe(Given.Noon);
        conversation.LastActivityAt.ShouldBe(Given.Noon);
        conversation.Participants.Select(participant => (participant.ConversationId, participant.UserId, participant.LastReadSequence))
            .ShouldBe([(conversation.Id, Given.Investor.Id, 0L), (conversation.Id, Given.Startup.Id, 0L)]);
        var started = conversation.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<ConversationStarted>();
        started.ConversationId.ShouldBe(new ConversationId(conversation.Id));
        started.ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
        started.At.ShouldBe(Given.Noon);
    }

    [Theory]
    [InlineData(UserRole.Investor, UserRole.Startup)]
    [InlineData(UserRole.Startup, UserRole.Investor)]
    public void Start_BetweenAnInvestorAndAStartup_IsStarted(UserRole initiatorRole, UserRole receiverRole)
    {
        var initiator = UserOf("019534a0-0000-7000-8000-0000000000a1", initiatorRole);
        var receiver = UserOf("019534a0-0000-7000-8000-0000000000a2", receiverRole);

        var conversation = Conversation.Start(initiator, receiver, price: 0, agreed: null, Given.Noon);

        conversation.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<ConversationStarted>()
            .ParticipantIds.ShouldBe([initiator.Id, receiver.Id]);
    }

    [Theory]
    [InlineData(UserRole.Investor, UserRole.Investor)]
    [InlineData(UserRole.Investor, UserRole.Admin)]
    [InlineData(UserRole.Startup, UserRole.Startup)]
    [InlineData(UserRole.Startup, UserRole.Admin)]
    [InlineData(UserRole.Admin, UserRole.Investor)]
    [InlineData(UserRole.Admin, UserRole.Startup)]
    [InlineData(UserRole.Admin, UserRole.Admin)]
    public void Start_BetweenAnyOtherRoles_IsRejected(UserRole initiatorRole, UserRole receiverRole)
    {
        var initiator = UserOf("019534a0-0000-7000-8000-0000000000a1", initiatorRole);
        var receiver = UserOf("019534a0-0000-7000-8000-0000000000a2", receiverRole);

        ThrownError.CodeOf(() => Conversation.Start(initiator, receiver, price: 0, agreed: null, Given.Noon))
            .ShouldBe("conversation.role_pair_not_allowed");
    }

    [Theory]
    [InlineData(UserRole.Investor, UserRole.Investor)]
    [InlineData(UserRole.Startup, UserRole.Startup)]
    [InlineData(UserRole.Admin, UserRole.Admin)]
    [InlineData(UserRole.Investor, UserRole.Startup)]
    public void Start_WithSelf_IsRejected(UserRole initiatorRole, UserRole receiverRole)
    {
        var initiator = UserOf("019534a0-0000-7000-8000-0000000000a1", initiatorRole);
        var receiver = UserOf("019534a0-0000-7000-8000-0000000000a1", receiverRole);

        ThrownError.CodeOf(() => Conversation.Start(initiator, receiver, price: 0, agreed: null, Given.Noon))
            .ShouldBe("conversation.with_self");
    }

    [Fact]
    public void Start_ByEitherSide_StoresThePairInTheSameOrder()
    {
        var byInvestor = Conversation.Start(Given.Investor, Given.Startup, price: 0, agreed: null, Given.Noon);
        var byStartup = Conversation.Start(Given.Startup, Given.Investor, price: 0, agreed: null, Given.Noon);

        byInvestor.PairLow.ShouldBe(Given.Investor.Id);
        byInvestor.PairHigh.ShouldBe(Given.Startup.Id);
        byStartup.PairLow.ShouldBe(byInvestor.PairLow);
        byStartup.PairHigh.ShouldBe(byInvestor.PairHigh);
        byStartup.Id.ShouldNotBe(byInvestor.Id);
    }

    [Fact]
    public void Start_WithTimeFinerThanStorage_IsCutToMicroseconds()
    {
        var conversation = Conversation.Start(Given.Investor, Given.Startup, price: 0, agreed: null, Given.Noon.AddTicks(19));

        conversation.CreatedAt.ShouldBe(Given.Noon.AddTicks(10));
        conversation.LastActivityAt.ShouldBe(Given.Noon.AddTicks(10));
    }

    [Fact]
    public void EnsureParticipant_OfAParticipant_Passes()
    {
        var conversation = Given.Conversation();

        Should.NotThrow(() => conversation.EnsureParticipant(Given.Investor.Id));
        Should.NotThrow(() => conversation.EnsureParticipant(Given.Startup.Id));
        conversation.OtherThan(Given.Investor.Id).ShouldBe(Given.Startup.Id);
        conversation.OtherThan(Given.Startup.Id).ShouldBe(Given.Investor.Id);
    }

    [Fact]
    public void EnsureParticipant_ByNonParticipant_IsNotFound()
    {
        var conversation = Given.Conversation();

        ThrownError.CodeOf(() => conversation.EnsureParticipant(Given.NonParticipantId)).ShouldBe("conversation.not_found");
    }

    [Fact]
    public void EnsureRecipientAvailable_ForADeactivatedRecipient_IsRejected()
    {
        var conversation = Given.Conversation();
        var senderId = conversation.ParticipantIds[0];

        Should.NotThrow(() => conversation.EnsureRecipientAvailable(senderId, isRecipientDeactivated: false));
        ThrownError.CodeOf(() => conversation.EnsureRecipientAvailable(senderId, isRecipientDeactivated: true))
            .ShouldBe("conversation.recipient_unavailable");
    }

    /// <summary>Tests that a caller who is not a participant learns nothing about the participants' accounts.</summary>
    [Fact]
    public void EnsureRecipientAvailable_ByNonParticipant_IsNotFound()
    {
        var conversation = Given.Conversation();

        ThrownError.CodeOf(() => conversation.EnsureRecipientAvailable(Given.NonParticipantId, isRecipientDeactivated: true))
            .ShouldBe("conversation.not_found");
    }

    [Fact]
    public void MarkRead_Forward_MovesThePointerAndSaysFromWhereToWhere()
    {
        var conversation = ConversationOf(messages: 5);
        var at = Given.Noon.AddHours(1);
        conversation.MarkRead(Given.Startup.Id, 2, Given.Noon.AddMinutes(30)).ShouldBeTrue();

        conversation.MarkRead(Given.Startup.Id, 4, at).ShouldBeTrue();

        PointerOf(conversation, Given.Startup).ShouldBe(4);
        var read = conversation.DomainEvents[^1].ShouldBeOfType<MessagesRead>();
        read.ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
        (read with { ParticipantIds = [] }).ShouldBe(new MessagesRead(new ConversationId(conversation.Id), new UserId(Given.Startup.Id), 2, 4, [], at));
        conversation.NewReadMarks.Select(mark => (mark.ConversationId, mark.UserId, mark.UpToSequence, mark.ReadAt)).ShouldBe(
        [
            (conversation.Id, Given.Startup.Id, 2L, Given.Noon.AddMinutes(30)),
            (conversation.Id, Given.Startup.Id, 4L, at),
        ]);
    }

    [Fact]
    public void MarkRead_ByOne_DoesNotMoveTheOthersPointer()
    {
        var conversation = ConversationOf(messages: 3);

        conversation.MarkRead(Given.Startup.Id, 3, Given.Noon).ShouldBeTrue();

        PointerOf(conversation, Given.Startup).ShouldBe(3);
        PointerOf(conversation, Given.Investor).ShouldBe(0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void MarkRead_NotBeyondThePointer_ChangesNothing(long upToSequence)
    {
        var conversation = ConversationOf(messages: 3);
        conversation.MarkRead(Given.Startup.Id, 2, Given.Noon).ShouldBeTrue();
        var before = State.Of(conversation);

        conversation.MarkRead(Given.Startup.Id, upToSequence, Given.Noon.AddHours(1)).ShouldBeFalse();

        State.Of(conversation).ShouldBe(before);
        PointerOf(conversation, Given.Startup).ShouldBe(2);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(long.MaxValue, 3)]
    public void MarkRead_BeyondTheNewestMessage_StopsAtIt(long upToSequence, long expected)
    {
        var conversation = ConversationOf(messages: 3);

        conversation.MarkRead(Given.Startup.Id, upToSequence, Given.Noon).ShouldBeTrue();

        PointerOf(conversation, Given.Startup).ShouldBe(expected);
        conversation.DomainEvents[^1].ShouldBeOfType<MessagesRead>().LastReadSequence.ShouldBe(expected);
        conversation.NewReadMarks.ShouldHaveSingleItem().UpToSequence.ShouldBe(expected);
    }

    [Fact]
    public void MarkRead_InAnEmptyConversation_ChangesNothing()
    {
        var conversation = Given.Conversation();
        var before = State.Of(conversation);

        conversation.MarkRead(Given.Startup.Id, 1, Given.Noon).ShouldBeFalse();

        State.Of(conversation).ShouldBe(before);
    }

    [Fact]
    public void MarkRead_Forward_IsNoVisibleChange()
    {
        var conversation = ConversationOf(messages: 3);
        var lastActivityAt = conversation.LastActivityAt;

        conversation.MarkRead(Given.Startup.Id, 3, Given.Noon.AddHours(1)).ShouldBeTrue();

        conversation.Revision.ShouldBe(3);
        conversation.LastSequence.ShouldBe(3);
        conversation.LastActivityAt.ShouldBe(lastActivityAt);
    }

    [Fact]
    public void MarkRead_ByNonParticipant_IsNotFoundAndChangesNothing()
    {
        var conversation = ConversationOf(messages: 3);
        var before = State.Of(conversation);

        ThrownError.CodeOf(() => conversation.MarkRead(Given.NonParticipantId, 3, Given.Noon)).ShouldBe("conversation.not_found");

        State.Of(conversation).ShouldBe(before);
    }

    [Fact]
    public void MarkRead_WithTimeFinerThanStorage_IsCutToMicroseconds()
    {
        var conversation = ConversationOf(messages: 1);

        conversation.MarkRead(Given.Startup.Id, 1, Given.Noon.AddTicks(19)).ShouldBeTrue();

        conversation.NewReadMarks.ShouldHaveSingleItem().ReadAt.ShouldBe(Given.Noon.AddTicks(10));
        conversation.DomainEvents[^1].ShouldBeOfType<MessagesRead>().At.ShouldBe(Given.Noon.AddTicks(10));
    }

    [Fact]
    public void PriceChanged_Always_ReportsThePriceAndWhatWasAgreed()
    {
        var error = ConversationErrors.PriceChanged(price: 50, agreed: 20);

        error.Code.ShouldBe("conversation.price_changed");
        error.ShouldHaveDetails(("price", 50L), ("pointsCost", 20L));
    }

    private static User UserOf(string id, UserRole role) => new(new Guid(id), $"{role}@example.com", $"{role}", role);

    private static Conversation ConversationOf(int messages)
    {
        var sending = Sending.ByInvestor();
        sending.SendMany(messages, Given.Noon).Count.ShouldBe(messages);

        return sending.Conversation;
    }

    private static long PointerOf(Conversation conversation, User user) => conversation.LastReadSequenceOf(user.Id);

    [Fact]
    public void MarkRead_AfterTheClockWentBack_IsNotBeforeTheMessage()
    {
        var sending = Sending.ByInvestor();
        var message = sending.Send(Given.Noon.AddHours(1));

        sending.Conversation.MarkRead(Given.Startup.Id, 1, Given.Noon).ShouldBeTrue();

        sending.Conversation.NewReadMarks.ShouldHaveSingleItem().ReadAt.ShouldBe(message.CreatedAt);
    }

    [Theory]
    [InlineData(25, 24L)]
    [InlineData(1, null)]
    public void Start_ForMoreThanTheAgreedPrice_ReportsThePrice(long price, long? agreed)
    {
        var error = ThrownError.Of(() => Conversation.Start(Given.Investor, Given.Startup, price, agreed, Given.Noon));

        error.Code.ShouldBe("conversation.price_changed");
        error.ShouldHaveDetails(("price", price), ("pointsCost", agreed ?? 0L));
    }

    [Theory]
    [InlineData(25, 25L)]
    [InlineData(25, 26L)]
    [InlineData(0, null)]
    public void Start_ForAtMostTheAgreedPrice_IsStarted(long price, long? agreed) =>
        Conversation.Start(Given.Investor, Given.Startup, price, agreed, Given.Noon).Participants.Count.ShouldBe(2);
}
