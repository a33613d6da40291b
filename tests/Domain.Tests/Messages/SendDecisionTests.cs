using System.Reflection;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class SendDecisionTests
{
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));

    private static readonly QuotaPolicy _paid = new(DailyFreeLimit: 0, PointsPerMessage: 10, TimeZoneInfo.Utc);

    [Fact]
    public void Decide_AFirstSend_ReturnsTheNewMessageWithItsEvents()
    {
        var state = StateWith(balance: 25);

        var decision = SendDecision.Decide(state, RequestTo(state.Conversation!.Id), _paid, TestHasher.None, Given.Noon);

        decision.IsReplay.ShouldBeFalse();
        decision.DecidedAt.ShouldBe(Given.Noon);
        decision.Message.PointsCharged.ShouldBe(10);
        decision.Quota.MessagesSentToday.ShouldBe(1);
        decision.Events.Select(raised => raised.GetType())
            .ShouldBe([typeof(ConversationStarted), typeof(WalletCharged), typeof(MessageSent)]);
    }

    /// <summary>Tests that no aggregate's event is lost, also of those that record none in a send today.</summary>
    [Fact]
    public void Decide_WhenEachAggregateHasRecordedAnEvent_ReturnsAllOfThemOnce()
    {
        var state = StateWith(balance: 25);
        AggregateRoot[] aggregates = [state.Conversation!, state.Quota, state.Wallet];
        foreach (var aggregate in aggregates)
            Raise(aggregate, new Recorded(aggregate.GetType().Name));

        var decision = SendDecision.Decide(state, RequestTo(state.Conversation!.Id), _paid, TestHasher.None, Given.Noon);

        decision.Events.OfType<Recorded>().Select(recorded => recorded.By)
            .ShouldBe([nameof(Conversation), nameof(MessageQuota), nameof(Wallet)]);
        decision.Events.OfType<MessageSent>().ShouldHaveSingleItem();
        aggregates.Append(decision.Message).ShouldAllBe(aggregate => aggregate.DomainEvents.Count == 0);
    }

    /// <summary>Tests that two sends of one user in a batch, which share a wallet, each have only their own events.</summary>
    [Fact]
    public void Decide_ASecondSendOnTheSameWallet_HasOnlyItsOwnEvents()
    {
        var state = StateWith(balance: 25);
        _ = SendDecision.Decide(state, RequestTo(state.Conversation!.Id), _paid, TestHasher.None, Given.Noon);

        var second = SendDecision.Decide(state, RequestTo(state.Conversation!.Id), _paid, TestHasher.None, Given.Noon);

        second.Events.OfType<WalletCharged>().ShouldHaveSingleItem().MessageId.ShouldBe(new MessageId(second.Message.Id));
        second.Events.OfType<MessageSent>().ShouldHaveSingleItem().Sequence.ShouldBe(2);
    }

    [Fact]
    public void Decide_ARepeatedSend_ReturnsTheEarlierMessageAndChangesNothing()
    {
        var state = StateWith(balance: 25);
        var request = RequestTo(state.Conversation!.Id, _clientMessageId);
        var first = SendDecision.Decide(state, request, _paid, TestHasher.None, Given.Noon);
        var before = State.Of(state.Conversation, state.Quota, state.Wallet);

        var replay = SendDecision.Decide(
            state with { Earlier = first.Message, IsRecipientDeactivated = true }, request, _paid, TestHasher.None, Given.Noon.AddHours(1));

        replay.IsReplay.ShouldBeTrue();
        replay.Message.ShouldBeSameAs(first.Message);
        replay.Events.ShouldBeEmpty();
        State.Of(state.Conversation, state.Quota, state.Wallet).ShouldBe(before);
    }

    [Fact]
    public void Decide_AnotherSendWithAUsedClientMessageId_IsRejected()
    {
        var state = StateWith(balance: 25);
        var first = SendDecision.Decide(state, RequestTo(state.Conversation!.Id, _clientMessageId), _paid, TestHasher.None, Given.Noon);
        var other = new SendRequest(
            new ConversationId(state.Conversation.Id), new MessageDraft(new UserId(Given.Investor.Id), "Other", clientMessageId: _clientMessageId), MaxPoints: null);

        ThrownError.CodeOf(() => SendDecision.Decide(state with { Earlier = first.Message }, other, _paid, TestHasher.None, Given.Noon))
            .ShouldBe("message.client_id_reused");
    }

    [Fact]
    public void Decide_InAConversationThatDoesNotExist_IsNotFound() =>
        ThrownError.CodeOf(
            () => SendDecision.Decide(
                StateWith(25) with { Conversation = null }, RequestTo(Guid.CreateVersion7()), _paid, TestHasher.None, Given.Noon))
            .ShouldBe("conversation.not_found");

    /// <summary>
    /// Tests that the recipient is checked before the price: the sender is not asked to pay for a message that cannot be delivered.
    /// </summary>
    [Fact]
    public void Decide_ToADeactivatedRecipientWithoutPoints_IsRejectedForTheRecipient()
    {
        var state = StateWith(balance: 0) with { IsRecipientDeactivated = true };

        ThrownError.CodeOf(() => SendDecision.Decide(state, RequestTo(state.Conversation!.Id), _paid, TestHasher.None, Given.Noon))
            .ShouldBe("conversation.recipient_unavailable");
    }

    private static void Raise(AggregateRoot aggregate, IDomainEvent domainEvent) =>
        typeof(AggregateRoot).GetMethod("Raise", BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(aggregate, [domainEvent]);

    private static SendState StateWith(long balance) => new(
        MessageQuota.Open(Given.Investor.Id),
        Wallet.Open(Given.Investor.Id, balance, Given.Noon),
        Given.Conversation(),
        IsRecipientDeactivated: false,
        Earlier: null,
        Attachments: []);

    private static SendRequest RequestTo(Guid conversationId, Guid? clientMessageId = null) =>
        new(new ConversationId(conversationId), new MessageDraft(new UserId(Given.Investor.Id), "Hello", clientMessageId: (ClientMessageId?)clientMessageId), MaxPoints: null);

    private sealed record Recorded(string By) : IDomainEvent;
}
