using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class ReactToMessageTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly UserId _other = new(Given.Startup.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);
    private static readonly MessageChangePolicy _policy = MessageChangePolicy.Default;

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new(0, 10, TimeZoneInfo.Utc));

    [Fact]
    public void React_ByBoth_SetsOneReactionEachAndNothingElse()
    {
        var message = _sending.Send(_sentAt, content: "Hello", expirationHours: 24);
        _sending.Send(_sentAt.AddMinutes(1));
        var (activity, balance, sent) =
            (_sending.Conversation.LastActivityAt, _sending.Wallet.Balance, _sending.Quota.MessagesSentToday);

        React(message, _other, "👍", _sentAt.AddMinutes(2));
        React(message, _sender, "❤\uFE0F", _sentAt.AddHours(3));

        ShouldHave(message, (_other, "👍", _sentAt.AddMinutes(2)), (_sender, "❤\uFE0F", _sentAt.AddHours(3)));
        message.Revision.ShouldBe(4);
        message.UpdatedAt.ShouldBe(_sentAt.AddHours(3));
        message.Content.ShouldBe("Hello");
        message.EditedAt.ShouldBeNull();
        message.Version.ShouldBe(0);
        message.ExpiresAt.ShouldBe(_sentAt.AddHours(24));
        _sending.Conversation.Revision.ShouldBe(4);
        _sending.Conversation.LastSequence.ShouldBe(2);
        _sending.Conversation.LastActivityAt.ShouldBe(activity);
        _sending.Wallet.Balance.ShouldBe(balance);
        _sending.Quota.MessagesSentToday.ShouldBe(sent);
        var events = message.DomainEvents.OfType<MessageReacted>().ToList();
        events.Select(reacted => reacted.Revision).ShouldBe([3, 4]);
        events.ShouldAllBe(reacted => reacted.MessageId == message.Id && reacted.ConversationId == message.ConversationId);
        events[0].ParticipantIds.ShouldBe([Given.Investor.Id, Given.Startup.Id]);
    }

    [Fact]
    public void React_WithAnotherEmoji_ReplacesTheReaction()
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "👍", _sentAt.AddMinutes(1));
        React(message, _sender, "👀", _sentAt.AddMinutes(2));

        React(message, _other, "👎", _sentAt.AddMinutes(3));

        message.Revision.ShouldBe(4);
        ShouldHave(message, (_sender, "👀", _sentAt.AddMinutes(2)), (_other, "👎", _sentAt.AddMinutes(3)));
    }

    [Theory]
    [InlineData("❤")]
    [InlineData("❤\uFE0F")]
    public void React_WithTheSameEmoji_ChangesNothing(string emoji)
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "❤\uFE0F", _sentAt.AddMinutes(1));
        var before = State.Of(message, _sending.Conversation);

        React(message, _other, emoji, _sentAt.AddMinutes(2));

        State.Of(message, _sending.Conversation).ShouldBe(before);
        ShouldHave(message, (_other, "❤\uFE0F", _sentAt.AddMinutes(1)));
    }

    [Fact]
    public void Unreact_ByOne_RemovesOnlyTheirReaction()
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "👍", _sentAt.AddMinutes(1));
        React(message, _sender, "👍", _sentAt.AddMinutes(2));

        message.Unreact(_sending.Conversation, _other, _sentAt.AddMinutes(3));
        ShouldHave(message, (_sender, "👍", _sentAt.AddMinutes(2)));
        message.Unreact(_sending.Conversation, _sender, _sentAt.AddMinutes(4));

        message.Reactions.ShouldBeNull();
        message.Revision.ShouldBe(5);
        message.UpdatedAt.ShouldBe(_sentAt.AddMinutes(4));
        message.DomainEvents.OfType<MessageReacted>().Select(reacted => reacted.Revision).ShouldBe([2, 3, 4, 5]);
    }

    [Fact]
    public void Unreact_WithoutAReaction_ChangesNothing()
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "👍", _sentAt.AddMinutes(1));
        var before = State.Of(message, _sending.Conversation);

        message.Unreact(_sending.Conversation, _sender, _sentAt.AddMinutes(2));

        State.Of(message, _sending.Conversation).ShouldBe(before);
    }

    [Fact]
    public void React_ToAMessageThatIsNotVisible_IsNotFound()
    {
        var expiring = _sending.Send(_sentAt, expirationHours: 1);
        var deleted = _sending.Send(_sentAt.AddMinutes(1));
        _sending.Delete(deleted, _sentAt.AddMinutes(2));

        CodeOf(expiring, _other, _sentAt.AddHours(1)).ShouldBe(("message.not_found", "message.not_found"));
        CodeOf(deleted, _other, _sentAt.AddMinutes(3)).ShouldBe(("message.not_found", "message.not_found"));
        CodeOf(deleted, _sender, _sentAt.AddMinutes(3)).ShouldBe(("message.not_found", "message.not_found"));
        CodeOf(expiring, new UserId(Guid.CreateVersion7()), _sentAt).ShouldBe(("conversation.not_found", "conversation.not_found"));
        React(expiring, _other, "👍", _sentAt.AddHours(1).AddMicroseconds(-1));
        expiring.DomainEvents.OfType<MessageReacted>().Count().ShouldBe(1);

        (string React, string Unreact) CodeOf(Message message, UserId userId, DateTimeOffset now) => (
            ThrownError.CodeOf(() => React(message, userId, "👍", now)),
            ThrownError.CodeOf(() => message.Unreact(_sending.Conversation, userId, now)));
    }

    [Fact]
    public void Edit_OfAMessageWithReactions_KeepsThem()
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "👍", _sentAt.AddMinutes(1));

        message.Edit(_sending.Conversation, _sender, "Edited", 0, _policy, TestHasher.None, _sentAt.AddMinutes(2));

        ShouldHave(message, (_other, "👍", _sentAt.AddMinutes(1)));
        message.EditedAt.ShouldBe(_sentAt.AddMinutes(2));
        React(message, _other, "👎", _sentAt.AddMinutes(3));
        message.EditedAt.ShouldBe(_sentAt.AddMinutes(2));
    }

    [Fact]
    public void Delete_OfAMessageWithReactions_ErasesThem()
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "👍", _sentAt.AddMinutes(1));

        _sending.Delete(message, _sentAt.AddMinutes(2));

        message.Reactions.ShouldBeNull();
    }

    [Fact]
    public void React_WhileTheClockIsSetBack_IsLaterThanTheLatestChange()
    {
        var message = _sending.Send(_sentAt);
        React(message, _other, "👍", _sentAt.AddMinutes(1));

        React(message, _sender, "👍", _sentAt.AddDays(-1));

        ShouldHave(message, (_other, "👍", _sentAt.AddMinutes(1)), (_sender, "👍", _sentAt.AddMinutes(1).AddMicroseconds(1)));
    }

    [Fact]
    public void React_WithAnEmojiThatIsNotAllowed_IsRejectedUnlessItIsSetAlready()
    {
        var message = _sending.Send(_sentAt);
        var policy = new ReactionPolicy([EmojiOf("❤\uFE0F"), EmojiOf("👎")]);
        React(message, _other, "👍", _sentAt.AddMinutes(1));

        ThrownError.CodeOf(() => message.React(_sending.Conversation, _sender, EmojiOf("👍"), policy, _sentAt.AddMinutes(2)))
            .ShouldBe("reaction.not_allowed");
        message.React(_sending.Conversation, _other, EmojiOf("👍"), policy, _sentAt.AddMinutes(2));
        _sending.Conversation.Revision.ShouldBe(2);
        message.React(_sending.Conversation, _sender, EmojiOf("❤"), policy, _sentAt.AddMinutes(2));
        _sending.Conversation.Revision.ShouldBe(3);
    }

    [Fact]
    public void EnsureSameRequest_OfAMessageWithReactions_StillComparesTheText()
    {
        var message = _sending.Send(_sentAt, content: "Hello");
        React(message, _other, "👍", _sentAt.AddMinutes(1));

        Should.NotThrow(() => message.EnsureSameRequest(message.ConversationId, new MessageDraft(_sender, "Hello"), TestHasher.None));
        ThrownError.CodeOf(() => message.EnsureSameRequest(message.ConversationId, new MessageDraft(_sender, "Other"), TestHasher.None))
            .ShouldBe("message.client_id_reused");
    }

    [Fact]
    public void Of_TwoReactionsOfOneUser_IsAnError()
    {
        var reaction = new Reaction(_sender, EmojiOf("👍"), _sentAt);

        Should.Throw<ArgumentException>(() => MessageReactions.Of([reaction, reaction with { Emoji = EmojiOf("👎") }]));
    }

    private void React(Message message, UserId userId, string emoji, DateTimeOffset now) =>
        message.React(_sending.Conversation, userId, EmojiOf(emoji), ReactionPolicy.Default, now);

    private static void ShouldHave(Message message, params (UserId UserId, string Emoji, DateTimeOffset At)[] reactions) =>
        message.Reactions.ShouldNotBeNull().All.Select(reaction => (reaction.UserId, reaction.Emoji.Text, reaction.At)).ShouldBe(reactions);

    private static Emoji EmojiOf(string text) => Emoji.TryParse(text, out var emoji) ? emoji : throw new ArgumentException(text, nameof(text));
}
