using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Tests.Attachments;

namespace CleanMessaging.Domain.Tests.Messages;

/// <summary>Tests which repetitions of a send with attachments are the same request.</summary>
public sealed class RepeatedAttachmentsTests
{
    private static readonly TestHasher _ring = new("one");
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));

    private readonly Sending _sending = Sending.ByInvestor();
    private readonly Attachment[] _attachments;

    public RepeatedAttachmentsTests() => _attachments = [TestUpload.Ready(_sending.Conversation), TestUpload.Ready(_sending.Conversation)];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void EnsureSameRequest_OfASendWithAttachments_ComparesTheirIdsAndTheirOrder(bool isEdited, bool hasKey)
    {
        var message = Send(0, 1);
        var hasher = hasKey ? _ring : TestHasher.None;
        if (isEdited)
            _sending.Edit(message, "Edited", Given.Noon, hasher).ShouldBeTrue();

        IsSame(message, hasher, 0, 1).ShouldBeTrue();
        foreach (var others in (int[][])[[1, 0], [0], [1], []])
            IsSame(message, hasher, others).ShouldBeFalse();
        IsSame(message, hasher, new MessageDraft(_sending.SenderId, "Text", null, _clientMessageId, attachmentIds: [Id(0), new AttachmentId(Guid.CreateVersion7())]))
            .ShouldBeFalse();
    }

    [Fact]
    public void EnsureSameRequest_OfATextThatIsRepeatedWithAttachments_IsAnotherRequest()
    {
        var message = Send();

        IsSame(message, _ring, 0).ShouldBeFalse();
        _sending.Edit(message, "Edited", Given.Noon, _ring).ShouldBeTrue();
        IsSame(message, _ring, 0).ShouldBeFalse();
        IsSame(message, _ring).ShouldBeTrue();
    }

    [Fact]
    public void EnsureSameRequest_OfADeletedMessageWithAttachments_ComparesThemByTheHashOnly()
    {
        var (hashed, forgotten) = (Send(0), Send(1));
        _sending.Delete(hashed, Given.Noon, _ring).ShouldBeTrue();
        _sending.Delete(forgotten, Given.Noon, TestHasher.None).ShouldBeTrue();

        IsSame(hashed, _ring, 0).ShouldBeTrue();
        IsSame(hashed, _ring, 1).ShouldBeFalse();
        IsSame(hashed, _ring).ShouldBeFalse();
        IsSame(forgotten, _ring, 1).ShouldBeTrue();
        IsSame(forgotten, _ring, 0).ShouldBeTrue();
    }

    /// <summary>Stored hashes depend on these bytes, so they never change.</summary>
    [Fact]
    public void Edit_OfAMessageWithAttachments_HashesTheStoredForm()
    {
        var message = Send(0, 1);
        var recorder = new Recorder();

        _sending.Edit(message, "Edited", Given.Noon, recorder);

        recorder.Request.ShouldBe([
            2,
            .. message.Id.ToByteArray(bigEndian: true),
            .. _sending.Conversation.Id.ToByteArray(bigEndian: true),
            0,
            0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0,
            2,
            .. _attachments[0].Id.ToByteArray(bigEndian: true),
            .. _attachments[1].Id.ToByteArray(bigEndian: true),
            .. "Text"u8]);
    }

    private AttachmentId Id(int index) => new(_attachments[index].Id);

    private Message Send(params int[] attachments) => Message.Send(
        _sending.Conversation,
        _sending.Quota,
        _sending.Wallet,
        _sending.Policy,
        Draft(attachments),
        maxPoints: null,
        Given.Noon,
        [.. attachments.Select(index => _attachments[index])]);

    private MessageDraft Draft(int[] attachments) =>
        new(_sending.SenderId, "Text", null, _clientMessageId, attachmentIds: [.. attachments.Select(Id)]);

    private bool IsSame(Message message, IRequestHasher hasher, params int[] attachments) => IsSame(message, hasher, Draft(attachments));

    private static bool IsSame(Message message, IRequestHasher hasher, MessageDraft draft)
    {
        try
        {
            message.EnsureSameRequest(message.ConversationId, draft, hasher);

            return true;
        }
        catch (DomainException exception) when (exception.Error == MessageErrors.ClientIdReused)
        {
            return false;
        }
    }

    private sealed class Recorder : IRequestHasher
    {
        public byte[] Request { get; private set; } = [];

        public byte[]? Hash(ReadOnlySpan<byte> request)
        {
            Request = request.ToArray();

            return null;
        }

        public bool? Matches(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> request) => null;
    }
}
