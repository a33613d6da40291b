using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class ReplyTests
{
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Send_AReplyToAnExistingSequence_NamesItAndNothingElse(long sequence)
    {
        var sending = Sending.ByInvestor();
        sending.SendMany(3, Given.Noon).Count.ShouldBe(3);

        var reply = sending.Send(Given.Noon, content: "Yes", replyToSequence: sequence);

        reply.ReplyToSequence.ShouldBe(sequence);
        reply.Content.ShouldBe("Yes");
        reply.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>().ReplyToSequence.ShouldBe(sequence);
    }

    [Fact]
    public void Send_WithoutAReply_NamesNoSequence()
    {
        var message = Sending.ByInvestor().Send(Given.Noon);

        message.ReplyToSequence.ShouldBeNull();
        message.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>().ReplyToSequence.ShouldBeNull();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(long.MaxValue)]
    public void Send_AReplyBeyondTheNewestMessage_IsRejectedAndChangesNothing(long sequence)
    {
        var sending = Sending.ByInvestor(balance: 100);
        sending.SendMany(3, Given.Noon).Count.ShouldBe(3);
        var before = sending.State;

        ThrownError.CodeOf(() => sending.Send(Given.Noon, replyToSequence: sequence)).ShouldBe("message.reply_out_of_range");

        sending.State.ShouldBe(before);
    }

    [Fact]
    public void Send_AReplyInAnEmptyConversation_IsRejected() =>
        ThrownError.CodeOf(() => Sending.ByInvestor().Send(Given.Noon, replyToSequence: 1)).ShouldBe("message.reply_out_of_range");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Draft_OfAReplyToNoSequence_IsRejected(long sequence) =>
        ThrownError.CodeOf(() => _ = new MessageDraft(new UserId(Given.Investor.Id), "Hello", replyToSequence: sequence))
            .ShouldBe("message.reply_out_of_range");

    [Fact]
    public void Send_AReplyToAMessageThatHasExpiredOrWasDeleted_IsAccepted()
    {
        var sending = Sending.ByInvestor();
        var start = Given.Noon.AddMinutes(1);
        sending.Send(start, expirationHours: 1).ExpiresAt.ShouldBe(start.AddHours(1));
        var deleted = sending.Send(start);
        sending.Delete(deleted, Given.Noon).ShouldBeTrue();

        sending.Send(Given.Noon.AddHours(2), replyToSequence: 1).ReplyToSequence.ShouldBe(1);
        sending.Send(Given.Noon.AddHours(2), replyToSequence: 2).ReplyToSequence.ShouldBe(2);
    }

    /// <summary>Tests that the sender is not asked to pay for a reply that is rejected anyway.</summary>
    [Fact]
    public void Send_AReplyOutOfRangeWithoutConsent_IsRejectedForTheReply()
    {
        var sending = Sending.ByInvestor();
        sending.SendMany(20, Given.Noon).Count.ShouldBe(20);

        ThrownError.CodeOf(() => sending.Send(Given.Noon, maxPoints: 0, replyToSequence: 21)).ShouldBe("message.reply_out_of_range");
    }

    [Theory]
    [InlineData(2L, 2L, true)]
    [InlineData(2L, 1L, false)]
    [InlineData(2L, null, false)]
    [InlineData(null, 1L, false)]
    [InlineData(null, null, true)]
    public void EnsureSameRequest_OfAReply_ComparesTheReply(long? sent, long? repeated, bool isSame)
    {
        var sending = Sending.ByInvestor();
        sending.SendMany(2, Given.Noon).Count.ShouldBe(2);
        var message = sending.Send(Given.Noon, clientMessageId: _clientMessageId, replyToSequence: sent);
        var edited = sending.Send(Given.Noon, replyToSequence: sent);
        sending.Edit(edited, "Edited", Given.Noon).ShouldBeTrue();
        var deleted = sending.Send(Given.Noon, replyToSequence: sent);
        sending.Delete(deleted, Given.Noon).ShouldBeTrue();
        var draft = new MessageDraft(new UserId(Given.Investor.Id), "Hello", null, _clientMessageId, replyToSequence: repeated);

        foreach (var one in new[] { message, edited, deleted })
        {
            if (isSame)
                Should.NotThrow(() => one.EnsureSameRequest(one.ConversationId, draft, TestHasher.None));
            else
                ThrownError.CodeOf(() => one.EnsureSameRequest(one.ConversationId, draft, TestHasher.None)).ShouldBe("message.client_id_reused");
        }
    }
}
