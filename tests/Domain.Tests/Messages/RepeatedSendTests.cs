using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class RepeatedSendTests
{
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(8760)]
    public void EnsureSameRequest_SameConversationTextAndTimeToLive_IsAccepted(int? hours)
    {
        var message = Sent("Hello", hours);

        Should.NotThrow(() => message.EnsureSameRequest(message.ConversationId, Draft("Hello", hours), TestHasher.None));
    }

    [Fact]
    public void EnsureSameRequest_WhenTheOriginalTookALaterTimeThanTheClocks_IsAccepted()
    {
        var sending = Sending.ByInvestor();
        sending.SendMany(2, Given.Noon).Count.ShouldBe(2);
        var message = sending.Send(Given.Noon.AddDays(-1), content: "Hello", expirationHours: 2, clientMessageId: _clientMessageId);

        Should.NotThrow(() => message.EnsureSameRequest(message.ConversationId, Draft("Hello", 2), TestHasher.None));
    }

    [Theory]
    [InlineData("hello", 2)]
    [InlineData("Hello ", 2)]
    [InlineData("Hello", 1)]
    [InlineData("Hello", 3)]
    [InlineData("Hello", null)]
    public void EnsureSameRequest_AnotherTextOrTimeToLive_IsRejected(string content, int? hours)
    {
        var message = Sent("Hello", 2);

        ThrownError.CodeOf(() => message.EnsureSameRequest(message.ConversationId, Draft(content, hours), TestHasher.None))
            .ShouldBe("message.client_id_reused");
    }

    [Fact]
    public void EnsureSameRequest_TimeToLiveWhereThereWasNone_IsRejected()
    {
        var message = Sent("Hello", null);

        ThrownError.CodeOf(() => message.EnsureSameRequest(message.ConversationId, Draft("Hello", 1), TestHasher.None))
            .ShouldBe("message.client_id_reused");
    }

    [Fact]
    public void EnsureSameRequest_AnotherFormOfTheSameLetter_IsRejected()
    {
        var message = Sent("\u00E9", null);

        ThrownError.CodeOf(() => message.EnsureSameRequest(message.ConversationId, Draft("e\u0301", null), TestHasher.None))
            .ShouldBe("message.client_id_reused");
    }

    [Fact]
    public void EnsureSameRequest_AnotherConversation_IsRejected()
    {
        var message = Sent("Hello", 2);

        ThrownError.CodeOf(() => message.EnsureSameRequest(Given.Conversation().Id, Draft("Hello", 2), TestHasher.None))
            .ShouldBe("message.client_id_reused");
    }

    private static Message Sent(string content, int? hours) =>
        Sending.ByInvestor().Send(Given.Noon, content: content, expirationHours: hours, clientMessageId: _clientMessageId);

    private static MessageDraft Draft(string content, int? hours) => new(new UserId(Given.Investor.Id), content, hours, _clientMessageId);
}
