using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Tests.Messages;

/// <summary>Tests what a stored row says about an event of an attempt whose commit has an unknown outcome.</summary>
public sealed class VerifiableEventTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly UserId _other = new(Given.Startup.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);
    private static readonly Emoji _thumb = Emoji.TryParse("👍", out var emoji) ? emoji : throw new InvalidOperationException();

    /// <summary>The attempt in question, and the state that is stored in the end.</summary>
    private readonly Sending _attempt = Sending.ByInvestor(balance: 100);
    private readonly Sending _stored = Sending.ByInvestor(balance: 100);

    [Theory]
    [InlineData("edit")]
    [InlineData("react")]
    [InlineData("unreact")]
    [InlineData("delete")]
    public void IsCommitted_OfAChangeOfAMessage_IsDecidedByItsRevisionAndItsTime(string kind)
    {
        var (message, stored) = (SendTo(_attempt), SendTo(_stored));
        Change(_attempt, message, _sentAt.AddMinutes(5));
        var changed = (IVerifiableEvent)message.DomainEvents[^1];

        changed.IsCommitted(null).ShouldBe(false);
        changed.IsCommitted(stored).ShouldBe(false);
        Change(_stored, stored, _sentAt.AddMinutes(6));
        changed.IsCommitted(stored).ShouldBe(false, "The same change of another device has the number.");
        changed.IsCommitted(message).ShouldBe(true);

        void Change(Sending sending, Message of, DateTimeOffset at)
        {
            switch (kind)
            {
                case "edit":
                    sending.Edit(of, "Edited", at);
                    break;
                case "react":
                    of.React(sending.Conversation, _other, _thumb, ReactionPolicy.Default, at);
                    break;
                case "unreact":
                    of.Unreact(sending.Conversation, _sender, at);
                    break;
                default:
                    sending.Delete(of, at);
                    break;
            }
        }
    }

    [Fact]
    public void IsCommitted_OfAChangeBeforeALaterOne_IsKnownByItsTraceOrUnknown()
    {
        var message = SendTo(_attempt);
        _attempt.Edit(message, "Edited", _sentAt.AddMinutes(5));
        var edited = (IVerifiableEvent)message.DomainEvents[^1];
        message.React(_attempt.Conversation, _other, _thumb, ReactionPolicy.Default, _sentAt.AddMinutes(6));
        var reacted = (IVerifiableEvent)message.DomainEvents[^1];
        message.Unreact(_attempt.Conversation, _sender, _sentAt.AddMinutes(7));
        var removed = (IVerifiableEvent)message.DomainEvents[^1];
        message.React(_attempt.Conversation, _sender, _thumb, ReactionPolicy.Default, _sentAt.AddMinutes(8));

        edited.IsCommitted(message).ShouldBe(true);
        reacted.IsCommitted(message).ShouldBe(true);
        removed.IsCommitted(message).ShouldBeNull();
    }

    [Fact]
    public void IsCommitted_OfADefaultExpiration_NeedsItsRevisionAndItsUser()
    {
        _attempt.Conversation.SetDefaultExpiration(_sender, 24);
        IVerifiableEvent changed = _attempt.Conversation.DomainEvents.OfType<DefaultExpirationChanged>().Single();

        changed.IsCommitted(_stored.Conversation).ShouldBe(false);
        _stored.Conversation.SetDefaultExpiration(_other, 24);
        changed.IsCommitted(_stored.Conversation).ShouldBe(false, "The other participant has set the same default.");
        changed.IsCommitted(_attempt.Conversation).ShouldBe(true);
        _attempt.Send(_sentAt);
        changed.IsCommitted(_attempt.Conversation).ShouldBeNull();
    }

    [Fact]
    public void IsCommitted_OfAPersonalChange_NeedsItsPersonalRevision()
    {
        _attempt.Conversation.Mute(_sender, until: null, _sentAt);
        IVerifiableEvent changed = _attempt.Conversation.DomainEvents.OfType<PersonalStateChanged>().Single();

        changed.IsCommitted(_stored.Conversation.ParticipantOf(_sender)).ShouldBe(false);
        changed.IsCommitted(_attempt.Conversation.ParticipantOf(_sender)).ShouldBe(true);
    }

    [Fact]
    public void IsCommitted_OfARead_NeedsItsMark()
    {
        foreach (var sending in new[] { _attempt, _stored })
            SendTo(sending);
        _attempt.Conversation.MarkRead(_other, 1, _sentAt.AddMinutes(5));
        _stored.Conversation.MarkRead(_other, 1, _sentAt.AddMinutes(6));
        IVerifiableEvent read = _attempt.Conversation.DomainEvents.OfType<MessagesRead>().Single();

        read.IsCommitted(null).ShouldBe(false);
        read.IsCommitted(_stored.Conversation.NewReadMarks[0]).ShouldBe(false, "Another device has read the messages.");
        read.IsCommitted(_attempt.Conversation.NewReadMarks[0]).ShouldBe(true);
    }

    /// <summary>Sends a message to which the sender has reacted.</summary>
    private static Message SendTo(Sending sending)
    {
        var message = sending.Send(_sentAt);
        message.React(sending.Conversation, _sender, _thumb, ReactionPolicy.Default, _sentAt.AddMinutes(1));

        return message;
    }
}
