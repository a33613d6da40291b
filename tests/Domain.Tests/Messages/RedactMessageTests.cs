using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class RedactMessageTests
{
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));
    private static readonly TestHasher _hasher = new("one");
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);
    private static readonly DateTimeOffset _expiry = _sentAt.AddHours(2);

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new(0, 10, TimeZoneInfo.Utc));

    [Fact]
    public void Redact_OfAnExpiredMessage_ErasesTheContentsAndKeepsTheRest()
    {
        var message = Sent();
        message.React(_sending.Conversation, new UserId(Given.Startup.Id), Thumb(), ReactionPolicy.Default, _sentAt.AddMinutes(1));
        var conversation = _sending.State;
        var (id, revision, updatedAt, events) = (message.Id, message.Revision, message.UpdatedAt, message.DomainEvents.Count);

        message.Redact(_hasher, _expiry).ShouldBeTrue();

        message.Content.ShouldBeEmpty();
        message.Reactions.ShouldBeNull();
        message.HasContents.ShouldBeFalse();
        message.IsRedacted.ShouldBeTrue();
        message.DeletedAt.ShouldBeNull();
        (message.Id, message.Revision, message.UpdatedAt, message.DomainEvents.Count).ShouldBe((id, revision, updatedAt, events));
        (message.Sequence, message.PointsCharged, message.ClientMessageId, message.ExpiresAt).ShouldBe((1, 10, _clientMessageId.Value, _expiry));
        _sending.State.ShouldBe(conversation);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void Redact_AroundTheExpiry_IsForExpiredMessagesOnly(int microseconds, bool isRedacted)
    {
        var message = Sent();
        var now = _expiry.AddMicroseconds(microseconds);

        if (isRedacted)
            message.Redact(_hasher, now).ShouldBeTrue();
        else
            Should.Throw<ArgumentOutOfRangeException>(() => message.Redact(_hasher, now));

        message.HasContents.ShouldBe(!isRedacted);
    }

    [Fact]
    public void Redact_OfAMessageWithoutContents_ChangesNothing()
    {
        var redacted = Sent();
        redacted.Redact(_hasher, _expiry);
        var deleted = _sending.Send(_sentAt, expirationHours: 2);
        _sending.Delete(deleted, _sentAt.AddHours(1));
        var before = State.Of(redacted, deleted);

        redacted.Redact(_hasher, _expiry.AddSeconds(1)).ShouldBeFalse();
        deleted.Redact(_hasher, _expiry.AddSeconds(1)).ShouldBeFalse();

        State.Of(redacted, deleted).ShouldBe(before);
        deleted.IsRedacted.ShouldBeFalse();
    }

    [Theory]
    [InlineData("Hello", 2, null)]
    [InlineData("Hallo", 2, "message.client_id_reused")]
    [InlineData("", 2, "message.client_id_reused")]
    [InlineData("Hello", 3, "message.client_id_reused")]
    public void EnsureSameRequest_AfterARedaction_ComparesTheTextByItsHash(string content, int hours, string? code)
    {
        var message = Sent();
        message.Redact(_hasher, _expiry);

        CodeOfRepetition(message, content, hours).ShouldBe(code);
    }

    /// <summary>Without a key the text is not compared, because it is no longer known.</summary>
    [Theory]
    [InlineData("Hallo", 2, null)]
    [InlineData("Hello", 3, "message.client_id_reused")]
    public void EnsureSameRequest_AfterARedactionWithoutAKey_ComparesAllButTheText(string content, int hours, string? code)
    {
        var message = Sent();
        message.Redact(TestHasher.None, _expiry);

        message.RequestHash.ShouldBeNull();
        CodeOfRepetition(message, content, hours).ShouldBe(code);
        message.Redact(_hasher, _expiry);
        message.RequestHash.ShouldBeNull();
    }

    [Fact]
    public void Redact_OfAnEditedMessage_KeepsTheHashOfTheSend()
    {
        var message = Sent();
        _sending.Edit(message, "Edited", _sentAt.AddMinutes(1), _hasher);
        var hash = message.RequestHash;

        message.Redact(new TestHasher("two", "one"), _expiry);

        message.RequestHash.ShouldBe(hash);
        CodeOfRepetition(message, "Hello", 2).ShouldBeNull();
        CodeOfRepetition(message, "Edited", 2).ShouldBe("message.client_id_reused");
    }

    private static Emoji Thumb() => Emoji.TryParse("👍", out var emoji) ? emoji : throw new InvalidOperationException();

    private Message Sent() => _sending.Send(_sentAt, expirationHours: 2, clientMessageId: _clientMessageId);

    private static string? CodeOfRepetition(Message message, string content, int hours)
    {
        var draft = content.Length == 0
            ? new MessageDraft(new UserId(Given.Investor.Id), "", hours, _clientMessageId, attachmentIds: [new AttachmentId(Guid.CreateVersion7())])
            : new MessageDraft(new UserId(Given.Investor.Id), content, hours, _clientMessageId);
        try
        {
            message.EnsureSameRequest(message.ConversationId, draft, _hasher);

            return null;
        }
        catch (Domain.Primitives.DomainException rejection)
        {
            return rejection.Error.Code;
        }
    }
}
