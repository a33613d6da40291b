using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class MessageDraftTests
{
    private static readonly ClientMessageId _clientMessageId = new(new Guid("7d9f7c1e-4b52-4c9a-9d3e-0a1b2c3d4e5f"));

    [Fact]
    public void Draft_WithEverything_KeepsWhatWasAskedFor()
    {
        var draft = new MessageDraft(new UserId(Given.Investor.Id), "Hello", 24, _clientMessageId);

        draft.SenderId.ShouldBe(new UserId(Given.Investor.Id));
        draft.Content.ShouldBe("Hello");
        draft.ExpirationHours.ShouldBe(24);
        draft.ClientMessageId.ShouldBe(_clientMessageId);
    }

    [Theory]
    [InlineData("  leading and trailing \r\n")]
    [InlineData("<script>alert('&amp;')</script>")]
    [InlineData("e\u0301 is not \u00E9")]
    [InlineData("\u200Bkept\u200B")]
    public void Draft_OfAnyText_KeepsItVerbatim(string content) =>
        string.Equals(new MessageDraft(new UserId(Given.Investor.Id), content).Content, content, StringComparison.Ordinal).ShouldBeTrue();

    [Fact]
    public void Draft_WithoutText_IsEmpty() =>
        ThrownError.CodeOf(() => _ = new MessageDraft(new UserId(Given.Investor.Id), " \u200B")).ShouldBe("message.empty");

    /// <summary>Tests that attachments need no text, and that white space is still not a text.</summary>
    [Fact]
    public void Draft_WithAttachmentsAndWithoutText_IsAccepted()
    {
        Draft(1).Content.ShouldBe("");
        ThrownError.CodeOf(() => Draft(1, " \u200B")).ShouldBe("message.empty");
        ThrownError.CodeOf(() => Draft(0)).ShouldBe("message.empty");
    }

    [Fact]
    public void Draft_WithMoreThanTenAttachments_IsRejected()
    {
        Draft(10).AttachmentIds.Count.ShouldBe(10);
        ThrownError.CodeOf(() => Draft(11)).ShouldBe("message.too_many_attachments");
    }

    [Fact]
    public void Draft_WithAnAttachmentTwice_IsRejected()
    {
        var id = new AttachmentId(Guid.CreateVersion7());

        ThrownError.CodeOf(() => _ = new MessageDraft(new UserId(Given.Investor.Id), "", attachmentIds: [id, new AttachmentId(Guid.CreateVersion7()), id]))
            .ShouldBe("message.attachment_repeated");
    }

    [Fact]
    public void Draft_OfMaxLength_IsAccepted()
    {
        var content = new string('x', 5000);

        new MessageDraft(new UserId(Given.Investor.Id), content).Content.ShouldBe(content);
    }

    [Fact]
    public void Draft_BeyondMaxLength_IsTooLong() =>
        ThrownError.CodeOf(() => _ = new MessageDraft(new UserId(Given.Investor.Id), new string('x', 5001))).ShouldBe("message.too_long");

    [Fact]
    public void Draft_WithNul_IsInvalidText() =>
        ThrownError.CodeOf(() => _ = new MessageDraft(new UserId(Given.Investor.Id), "a\0b")).ShouldBe("message.invalid_text");

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(8759)]
    [InlineData(8760)]
    public void Draft_WithExpirationInRange_KeepsIt(int? hours) =>
        new MessageDraft(new UserId(Given.Investor.Id), "Hello", hours).ExpirationHours.ShouldBe(hours);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(8761)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Draft_WithExpirationOutOfRange_IsRejectedAndNotClamped(int hours) =>
        ThrownError.CodeOf(() => _ = new MessageDraft(new UserId(Given.Investor.Id), "Hello", hours)).ShouldBe("message.invalid_expiration");

    private static MessageDraft Draft(int attachments, string content = "") => new(
        new UserId(Given.Investor.Id),
        content,
        attachmentIds: [.. Enumerable.Range(0, attachments).Select(_ => new AttachmentId(Guid.CreateVersion7()))]);
}
