using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Tests.Messages;

/// <summary>Tests that a repeated send is compared with what was sent, also after the message has changed.</summary>
public sealed class RequestHashTests
{
    private static readonly UserId _sender = new(Given.Investor.Id);
    private static readonly DateTimeOffset _sentAt = Given.Noon.AddMinutes(1);
    private static readonly TestHasher _ring = new("one");

    private readonly Sending _sending = Sending.ByInvestor(balance: 100, new(0, 10, TimeZoneInfo.Utc));

    private Conversation Conversation => _sending.Conversation;

    [Fact]
    public void Send_WithAClientMessageId_StoresNoHash()
    {
        var message = Send();

        message.RequestHash.ShouldBeNull();
        IsSame(message, "Frist", _ring).ShouldBeTrue();
        IsSame(message, "First", _ring).ShouldBeFalse();
    }

    [Fact]
    public void EnsureSameRequest_OfAnEditedMessage_ComparesTheTextAsItWasSent()
    {
        var message = Send();
        _sending.Edit(message, "First", _sentAt, _ring);
        var hash = message.RequestHash.ShouldNotBeNull();

        _sending.Edit(message, "First!", _sentAt, new TestHasher("two", "one"));

        message.RequestHash.ShouldBe(hash);
        IsSame(message, "Frist", _ring).ShouldBeTrue();
        IsSame(message, "First", _ring).ShouldBeFalse();
        IsSame(message, "First!", _ring).ShouldBeFalse();
    }

    [Fact]
    public void EnsureSameRequest_OfADeletedMessage_ComparesTheErasedText()
    {
        var message = Send();

        _sending.Delete(message, _sentAt, _ring);

        IsSame(message, "Frist", _ring).ShouldBeTrue();
        IsSame(message, "First", _ring).ShouldBeFalse();
    }

    [Fact]
    public void EnsureSameRequest_OfAMessageThatWasEditedAndDeleted_ComparesTheTextAsItWasSent()
    {
        var message = Send();
        _sending.Edit(message, "First", _sentAt, _ring);

        _sending.Delete(message, _sentAt, _ring);

        IsSame(message, "Frist", _ring).ShouldBeTrue();
        IsSame(message, "First", _ring).ShouldBeFalse();
    }

    [Fact]
    public void EnsureSameRequest_AfterAnEarlierExpiryAndAnEdit_ComparesWhatWasAskedFor()
    {
        var message = Send(hours: 24);
        message.ExpireSooner(Conversation, _sender, 5, _ring, _sentAt);
        var hash = message.RequestHash.ShouldNotBeNull();
        message.ExpireSooner(Conversation, _sender, 1, _ring, _sentAt);
        _sending.Edit(message, "First", _sentAt, _ring);

        message.RequestHash.ShouldBe(hash);
        IsSame(message, "Frist", _ring, hours: 24).ShouldBeTrue();
        IsSame(message, "First", _ring, hours: 24).ShouldBeFalse();
        IsSame(message, "Frist", _ring, hours: 5).ShouldBeFalse();
        IsSame(message, "Frist", _ring, hours: 1).ShouldBeFalse();
        IsSame(message, "Frist", _ring).ShouldBeFalse();
    }

    /// <summary>The first attempt may have asked for nothing, for no expiry or for hours, in a conversation with and without a default.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(24)]
    public void EnsureSameRequest_OfAnEditedMessage_AcceptsTheTimesToLiveThatItAcceptedBefore(int? defaultHours)
    {
        if (defaultHours is not null)
            Conversation.SetDefaultExpiration(_sender, defaultHours);
        MessageDraft[] drafts = [Draft("Frist"), Draft("Frist", hours: 24), Draft("Frist", hours: 1), Draft("Frist", never: true)];

        foreach (var sent in drafts)
        {
            var message = Send(sent);
            var accepted = drafts.Select(draft => IsSame(message, draft, _ring)).ToList();
            _sending.Edit(message, "First", _sentAt.AddMinutes(1), _ring);

            message.RequestHash.ShouldNotBeNull();
            accepted.ShouldContain(true);
            drafts.Select(draft => IsSame(message, draft, _ring)).ShouldBe(accepted);
            drafts.Select(draft => IsSame(message, draft, TestHasher.None)).ShouldBe(accepted);
        }
    }

    [Fact]
    public void EnsureSameRequest_OfAnEditedReply_ComparesConversationAndReply()
    {
        _sending.SendMany(2, _sentAt);
        var message = Send(Draft("Frist", replyTo: 1));

        _sending.Edit(message, "First", _sentAt, _ring);

        IsSame(message, Draft("Frist", replyTo: 1), _ring).ShouldBeTrue();
        IsSame(message, Draft("Frist", replyTo: 2), _ring).ShouldBeFalse();
        IsSame(message, Draft("Frist"), _ring).ShouldBeFalse();
        ThrownError.CodeOf(() => message.EnsureSameRequest(Guid.CreateVersion7(), Draft("Frist", replyTo: 1), _ring))
            .ShouldBe("message.client_id_reused");
    }

    [Fact]
    public void EnsureSameRequest_UnderARotatedRing_UsesTheKeyOfTheHash()
    {
        var message = Send();
        _sending.Edit(message, "First", _sentAt, _ring);
        var rotated = new TestHasher("two", "one");

        IsSame(message, "Frist", rotated).ShouldBeTrue();
        IsSame(message, "First", rotated).ShouldBeFalse();
    }

    /// <summary>Without the key, the text is not compared, but everything else is.</summary>
    [Theory]
    [InlineData("two")]
    [InlineData(null)]
    public void EnsureSameRequest_WithoutTheKeyOfTheHash_ComparesAllButTheText(string? otherKey)
    {
        var later = otherKey is null ? TestHasher.None : new TestHasher(otherKey);
        var message = Send(hours: 24);
        _sending.Edit(message, "First", _sentAt, _ring);

        IsSame(message, "Frist", later, hours: 24).ShouldBeTrue();
        IsSame(message, "Other", later, hours: 24).ShouldBeTrue();
        IsSame(message, "Frist", later, hours: 25).ShouldBeFalse();
    }

    /// <summary>The text of an unchanged message is compared without a key, also after the expiry has changed.</summary>
    [Fact]
    public void EnsureSameRequest_AfterAnEarlierExpiryWithoutAKey_StillComparesTheText()
    {
        var message = Send(hours: 24);
        message.ExpireSooner(Conversation, _sender, 1, TestHasher.None, _sentAt);

        IsSame(message, "Frist", TestHasher.None, hours: 24).ShouldBeTrue();
        IsSame(message, "First", TestHasher.None, hours: 24).ShouldBeFalse();
    }

    [Fact]
    public void Change_AfterAFirstEditWithoutAKey_StoresNoHashOfTheEditedText()
    {
        var message = Send();
        _sending.Edit(message, "First", _sentAt);

        _sending.Edit(message, "First!", _sentAt, _ring);
        message.ExpireSooner(Conversation, _sender, 1, _ring, _sentAt);
        _sending.Delete(message, _sentAt, _ring);

        message.RequestHash.ShouldBeNull();
        IsSame(message, "Frist", _ring).ShouldBeTrue();
    }

    [Fact]
    public void Edit_AfterAnEarlierExpiryWithoutAKey_StoresTheHashOfWhatWasAskedFor()
    {
        var message = Send(hours: 24);
        message.ExpireSooner(Conversation, _sender, 1, TestHasher.None, _sentAt);

        _sending.Edit(message, "First", _sentAt, _ring);

        message.RequestHash.ShouldNotBeNull();
        IsSame(message, "Frist", _ring, hours: 24).ShouldBeTrue();
        IsSame(message, "First", _ring, hours: 24).ShouldBeFalse();
    }

    [Fact]
    public void Change_OfAMessageWithoutAClientMessageId_StoresNoHash()
    {
        var message = _sending.Send(_sentAt);

        _sending.Edit(message, "Edited", _sentAt, _ring);
        _sending.Delete(message, _sentAt, _ring);

        message.RequestHash.ShouldBeNull();
    }

    [Fact]
    public void Change_ThatIsRejectedOrOfReactionsOnly_StoresNoHash()
    {
        var message = Send();

        ThrownError.CodeOf(() => _sending.Delete(message, _sentAt.AddDays(3), _ring)).ShouldBe("message.delete_window_over");
        ThrownError.CodeOf(() => _sending.Edit(message, "First", _sentAt.AddDays(3), _ring)).ShouldBe("message.edit_window_over");
        _sending.Edit(message, "Frist", _sentAt, _ring).ShouldBeFalse();

        message.RequestHash.ShouldBeNull();
    }

    /// <summary>Equal texts must not be recognizable: the text of one message may still be readable when another one is erased.</summary>
    [Fact]
    public void Edit_OfTwoEqualMessages_StoresDifferentHashes()
    {
        var (one, other) = (Send(), Send());

        _sending.Edit(one, "First", _sentAt, _ring);
        _sending.Edit(other, "First", _sentAt, _ring);

        one.RequestHash.ShouldNotBe(other.RequestHash);
    }

    /// <summary>Stored hashes depend on these bytes, so they never change.</summary>
    [Fact]
    public void Edit_OfAReplyThatExpires_HashesTheStoredForm()
    {
        _sending.SendMany(2, _sentAt);
        var message = Send(Draft("é", hours: 258, replyTo: 2));
        var recorder = new Recorder();

        _sending.Edit(message, "First", _sentAt, recorder);

        recorder.Request.ShouldBe([
            1,
            .. message.Id.ToByteArray(bigEndian: true),
            .. Conversation.Id.ToByteArray(bigEndian: true),
            0,
            0, 0, 1, 2,
            0, 0, 0, 0, 0, 0, 0, 2,
            0xC3, 0xA9]);
    }

    private Message Send(int? hours = null) => Send(Draft("Frist", hours));

    private Message Send(MessageDraft draft) =>
        Message.Send(Conversation, _sending.Quota, _sending.Wallet, new(100, 10, TimeZoneInfo.Utc), draft, maxPoints: null, _sentAt);

    private static MessageDraft Draft(string content, int? hours = null, bool never = false, long? replyTo = null) =>
        new(_sender, content, hours, new ClientMessageId(Guid.CreateVersion7()), never, replyTo);

    private static bool IsSame(Message message, string content, TestHasher hasher, int? hours = null) =>
        IsSame(message, Draft(content, hours), hasher);

    private static bool IsSame(Message message, MessageDraft draft, TestHasher hasher)
    {
        try
        {
            message.EnsureSameRequest(message.ConversationId, draft, hasher);

            return true;
        }
        catch (DomainException rejection)
        {
            rejection.Error.Code.ShouldBe("message.client_id_reused");

            return false;
        }
    }

    private sealed class Recorder : IRequestHasher
    {
        public byte[]? Request { get; private set; }

        public byte[] Hash(ReadOnlySpan<byte> request) => Request = request.ToArray();

        public bool? Matches(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> request) => null;
    }
}
