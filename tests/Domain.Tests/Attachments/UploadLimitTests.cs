using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Tests.Attachments;

/// <summary>Tests how many uploads a user can begin, and how often the inspection of one can take too long.</summary>
public sealed class UploadLimitTests
{
    private static readonly StorageUse _nothing = new(Bytes: 0, OpenUploads: 0);

    [Fact]
    public void Begin_BeyondTheUploadsOfADay_IsRejectedUntilTheDayIsOver()
    {
        var policy = AttachmentPolicy.Default with { UploadsPerDay = 3 };
        var allowance = StorageAllowance.Open(new UserId(Given.Investor.Id));
        Begin(allowance, policy, Given.Noon);
        Begin(allowance, policy, Given.Noon.AddHours(1));
        Begin(allowance, policy, Given.Noon.AddHours(23));
        var end = Given.Noon.AddHours(24);

        var error = ThrownError.Of(() => Begin(allowance, policy, end.AddTicks(-1)));

        error.Code.ShouldBe("attachment.too_many_uploads_today");
        error.ShouldHaveDetails(("max", 3), ("resetsAt", end));
        Begin(allowance, policy, end);
        (allowance.UploadsSince, allowance.UploadsBegun).ShouldBe((end, 1));
    }

    [Fact]
    public void Begin_ThatIsRejected_DoesNotCount()
    {
        var policy = AttachmentPolicy.Default with { UserBytes = 2, UploadsPerDay = 1 };
        var allowance = StorageAllowance.Open(new UserId(Given.Investor.Id));

        ThrownError.CodeOf(() => Begin(allowance, policy, Given.Noon)).ShouldBe("attachment.storage_full");

        (allowance.UploadsSince, allowance.UploadsBegun).ShouldBe((null, 0));
        Begin(allowance, policy with { UserBytes = 3 }, Given.Noon);
    }

    [Fact]
    public void CountInspectionTimeout_TheThirdTime_RejectsTheContent()
    {
        var attachment = Received();
        attachment.CountInspectionTimeout(Given.Noon);
        attachment.CountInspectionTimeout(Given.Noon);
        attachment.EnsureComplete(Given.Noon);
        attachment.State.ShouldBe(AttachmentState.Receiving);

        attachment.CountInspectionTimeout(Given.Noon);

        attachment.State.ShouldBe(AttachmentState.Rejected);
        attachment.EncryptedKey.ShouldBeNull();
        ThrownError.CodeOf(() => attachment.EnsureComplete(Given.Noon)).ShouldBe("attachment.image_too_large");
    }

    [Fact]
    public void CountInspectionTimeout_OfAnAttachmentThatIsReady_ChangesNothing()
    {
        var attachment = Received();
        attachment.Complete(TestUpload.Content, Given.Noon).ShouldBeTrue();

        for (var count = 0; count < 4; count++)
            attachment.CountInspectionTimeout(Given.Noon);

        attachment.State.ShouldBe(AttachmentState.Ready);
    }

    [Fact]
    public void CountInspectionTimeout_OfARemovedUpload_IsNotFound()
    {
        var attachment = Received();
        attachment.Cancel(Given.Noon);

        ThrownError.CodeOf(() => attachment.CountInspectionTimeout(Given.Noon)).ShouldBe("attachment.not_found");
    }

    private static Attachment Received()
    {
        var attachment = Begin(StorageAllowance.Open(new UserId(Given.Investor.Id)), AttachmentPolicy.Default, Given.Noon);
        attachment.Receive(offset: 0, length: 3, Given.Noon);

        return attachment;
    }

    private static Attachment Begin(StorageAllowance allowance, AttachmentPolicy policy, DateTimeOffset now) => Attachment.Begin(
        new AttachmentDraft(
            new UserId(allowance.UserId),
            new ConversationId(Guid.CreateVersion7()),
            new ClientUploadId(Guid.CreateVersion7()),
            AttachmentKind.Image,
            "photo.png",
            bytes: 3),
        allowance,
        _nothing,
        policy,
        id => id.Value.ToByteArray(),
        now);
}
