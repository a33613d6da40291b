using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Tests.Attachments;

public sealed class AttachmentTests
{
    private static readonly DateTimeOffset _end = Given.Noon.AddHours(24);
    private static readonly AttachmentContent _content = new("application/octet-stream", Guid.CreateVersion7(), Bytes: 10);

    [Fact]
    public void Begin_OfAnUpload_ReceivesFromTheBeginningForADay()
    {
        var attachment = Begin();

        attachment.UploaderId.ShouldBe(Given.Investor.Id);
        attachment.State.ShouldBe(AttachmentState.Receiving);
        attachment.ReceivedBytes.ShouldBe(0);
        attachment.RemoveAt.ShouldBe(_end);
        attachment.EncryptedKey.ShouldBe(attachment.Id.ToByteArray());
        attachment.EnsureReceives(0, 1, _end - Given.Microsecond);
        ThrownError.CodeOf(() => attachment.EnsureReceives(0, 1, _end)).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void Begin_OfAVoiceRecording_KeepsItsDurationAndWaveform()
    {
        var attachment = Begin(Draft(AttachmentKind.Voice, voice: new VoiceNote(1200, [0, 100])));

        attachment.DurationMs.ShouldBe(1200);
        attachment.Waveform.ShouldBe([(short)0, (short)100]);
    }

    [Fact]
    public void Begin_WithTheStorageOfAnother_IsAProgrammingError() =>
        Should.Throw<ArgumentException>(() => Attachment.Begin(
            Draft(), Allowance(Given.Startup.Id), new StorageUse(0, 0), AttachmentPolicy.Default, KeyOf, Given.Noon));

    [Theory]
    [InlineData(AttachmentKind.File, 100, true)]
    [InlineData(AttachmentKind.File, 101, false)]
    [InlineData(AttachmentKind.Image, 101, false)]
    public void Begin_OfASize_IsLimited(AttachmentKind kind, long bytes, bool isAccepted)
    {
        var policy = AttachmentPolicy.Default with { MaxBytes = 100 };

        if (isAccepted)
            Begin(Draft(kind, bytes), policy: policy).DeclaredBytes.ShouldBe(bytes);
        else
            ThrownError.Of(() => Begin(Draft(kind, bytes), policy: policy)).ShouldHaveDetails(("maxBytes", 100L));
    }

    [Fact]
    public void Begin_OfAVoiceRecording_IsLimitedToItsOwnSize()
    {
        var voice = new VoiceNote(1000, [1]);

        Begin(Draft(AttachmentKind.Voice, VoiceNote.MaxBytes, voice: voice)).DeclaredBytes.ShouldBe(VoiceNote.MaxBytes);
        ThrownError.Of(() => Begin(Draft(AttachmentKind.Voice, VoiceNote.MaxBytes + 1, voice: voice)))
            .ShouldHaveDetails(("maxBytes", VoiceNote.MaxBytes));
    }

    [Theory]
    [InlineData("setup.exe", "exe")]
    [InlineData("SETUP.ExE", "exe")]
    [InlineData("setup.exe.", "exe")]
    [InlineData("setup.exe. . ", "exe")]
    [InlineData("report.pdf.js", "js")]
    public void Begin_WithAnExtensionThatIsNotAccepted_IsRejected(string name, string extension)
    {
        var error = ThrownError.Of(() => Begin(Draft(name: name)));

        error.Code.ShouldBe("attachment.type_refused");
        error.ShouldHaveDetails(("extension", extension));
    }

    [Theory]
    [InlineData("exe")]
    [InlineData("report.exe.pdf")]
    [InlineData("no extension")]
    [InlineData(".gitignore")]
    public void Begin_WithAnotherExtension_IsAccepted(string name) => Begin(Draft(name: name)).Name.ShouldBe(name);

    [Theory]
    [InlineData(90, 10, true)]
    [InlineData(90, 11, false)]
    [InlineData(150, 1, false)]
    public void Begin_AroundTheStorage_FitsOrNot(long used, long bytes, bool isAccepted)
    {
        var policy = AttachmentPolicy.Default with { UserBytes = 100 };

        if (isAccepted)
        {
            Begin(Draft(bytes: bytes), new StorageUse(used, 0), policy).DeclaredBytes.ShouldBe(bytes);
            return;
        }

        ThrownError.Of(() => Begin(Draft(bytes: bytes), new StorageUse(used, 0), policy))
            .ShouldHaveDetails(("bytesUsed", used), ("bytesLimit", 100L));
    }

    [Fact]
    public void Begin_BeyondTheOpenUploads_IsRejected()
    {
        Begin(use: new StorageUse(0, AttachmentPolicy.OpenUploadsMax - 1)).State.ShouldBe(AttachmentState.Receiving);
        ThrownError.CodeOf(() => Begin(use: new StorageUse(0, AttachmentPolicy.OpenUploadsMax)))
            .ShouldBe("attachment.too_many_uploads");
    }

    [Fact]
    public void Receive_PartAfterPart_AdvancesToTheEnd()
    {
        var attachment = Begin();

        attachment.Receive(0, 4, Given.Noon);
        attachment.Receive(4, 6, Given.Noon);

        attachment.ReceivedBytes.ShouldBe(10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void Receive_AtAnotherOffset_IsRejected(long offset)
    {
        var attachment = Begin();
        attachment.Receive(0, 4, Given.Noon);

        ThrownError.Of(() => attachment.Receive(offset, 1, Given.Noon)).ShouldHaveDetails(("offset", 4L));
        attachment.ReceivedBytes.ShouldBe(4);
    }

    [Fact]
    public void Receive_BeyondTheAnnouncedSize_IsRejected() =>
        ThrownError.Of(() => Begin().Receive(0, 11, Given.Noon)).ShouldHaveDetails(("maxBytes", 10L));

    [Fact]
    public void Receive_FromTheRemoval_IsNotFound()
    {
        var attachment = Begin();

        ThrownError.CodeOf(() => attachment.Receive(0, 1, _end)).ShouldBe("attachment.not_found");
        attachment.Receive(0, 1, _end - Given.Microsecond);
    }

    [Fact]
    public void Complete_BeforeAllBytesAreThere_IsRejected()
    {
        var attachment = Begin();
        attachment.Receive(0, 9, Given.Noon);

        ThrownError.Of(() => attachment.Complete(_content, Given.Noon)).ShouldHaveDetails(("offset", 9L), ("bytes", 10L));
    }

    [Fact]
    public void Complete_ASecondTime_KeepsTheFirstContent()
    {
        var attachment = Ready();

        attachment.Complete(_content with { ObjectId = Guid.CreateVersion7() }, Given.Noon).ShouldBeFalse();

        attachment.ObjectId.ShouldBe(_content.ObjectId);
    }

    [Fact]
    public void Complete_OfSentAttachment_ReturnsItUntilItIsRemoved()
    {
        var attachment = Ready();
        attachment.BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: Given.Noon.AddDays(3));

        attachment.Complete(_content, Given.Noon.AddDays(3) - Given.Microsecond).ShouldBeFalse();
        ThrownError.CodeOf(() => attachment.Complete(_content, Given.Noon.AddDays(3))).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void Reject_OfTheContent_DestroysTheKeyAndStaysRejected()
    {
        var attachment = Received();

        attachment.Reject(AttachmentErrors.Infected, Given.Noon);

        attachment.State.ShouldBe(AttachmentState.Rejected);
        attachment.EncryptedKey.ShouldBeNull();
        attachment.RemoveAt.ShouldBe(_end);
        ThrownError.CodeOf(() => attachment.Complete(_content, Given.Noon)).ShouldBe("attachment.infected");
        ThrownError.CodeOf(() => attachment.Receive(10, 1, Given.Noon)).ShouldBe("attachment.offset_mismatch");
    }

    [Fact]
    public void Reject_OfAReadyAttachment_ChangesNothing()
    {
        var attachment = Ready();

        attachment.Reject(AttachmentErrors.Infected, Given.Noon);

        attachment.State.ShouldBe(AttachmentState.Ready);
        attachment.EncryptedKey.ShouldNotBeNull();
    }

    [Fact]
    public void Cancel_OfAnUpload_DestroysTheKeyAndLeavesNothing()
    {
        var attachment = Ready();

        attachment.Cancel(Given.Noon);

        attachment.EncryptedKey.ShouldBeNull();
        attachment.RemoveAt.ShouldBe(Given.Noon);
        (attachment.Name, attachment.Description, attachment.Waveform).ShouldBe(("", null, null));
        ThrownError.CodeOf(() => attachment.Cancel(Given.Noon)).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void Cancel_ByAServerWhoseClockIsAhead_EndsTheUploadForOthersToo()
    {
        var attachment = Begin();
        attachment.Cancel(Given.Noon.AddSeconds(30));

        ThrownError.CodeOf(() => attachment.Receive(0, 1, Given.Noon)).ShouldBe("attachment.not_found");
        ThrownError.CodeOf(() => attachment.EnsureComplete(Given.Noon)).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void Cancel_OfASentAttachment_IsRejected()
    {
        var attachment = Ready();
        attachment.BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: null);

        ThrownError.CodeOf(() => attachment.Cancel(Given.Noon)).ShouldBe("attachment.already_sent");
    }

    [Fact]
    public void Remove_OfAPicture_LeavesNoneOfItsColors()
    {
        var attachment = Begin(Draft(AttachmentKind.Image));
        attachment.Receive(0, attachment.DeclaredBytes, Given.Noon);
        attachment.Complete(_content with { Blurhash = "LEHV6nWB2yk8pyo0adR*.7kCMdnj" }, Given.Noon).ShouldBeTrue();
        attachment.Blurhash.ShouldNotBeNull();

        attachment.Remove(AttachmentPolicy.Default, Given.Noon);

        attachment.Blurhash.ShouldBeNull();
    }

    [Fact]
    public void Remove_WithItsMessage_DestroysTheKeyUnlessItIsKept()
    {
        var destroyed = Ready();
        var kept = Ready();
        destroyed.Remove(AttachmentPolicy.Default, Given.Noon);
        kept.Remove(AttachmentPolicy.Default with { KeepRemoved = TimeSpan.FromDays(1) }, Given.Noon);

        destroyed.EncryptedKey.ShouldBeNull();
        kept.EncryptedKey.ShouldNotBeNull();
        new[] { destroyed.RemoveAt, kept.RemoveAt }.ShouldBe([Given.Noon, Given.Noon]);
    }

    [Fact]
    public void ExpireAt_AnyInstant_OnlyBecomesEarlier()
    {
        var attachment = Ready();
        attachment.BindTo(new MessageId(Guid.CreateVersion7()), expiresAt: null);

        attachment.ExpireAt(Given.Noon.AddHours(2));
        attachment.ExpireAt(Given.Noon.AddHours(3));

        attachment.RemoveAt.ShouldBe(Given.Noon.AddHours(2));
    }

    [Fact]
    public void EnsureSameRequest_OfARemovedUpload_IsUnknown()
    {
        var draft = Draft(conversationId: new ConversationId(Guid.CreateVersion7()));
        var (canceled, old) = (Begin(draft), Begin(draft));
        canceled.Cancel(Given.Noon);

        ThrownError.CodeOf(() => canceled.EnsureSameRequest(draft, Given.Noon)).ShouldBe("attachment.not_found");
        old.EnsureSameRequest(draft, Given.Noon.AddHours(24) - Given.Microsecond);
        ThrownError.CodeOf(() => old.EnsureSameRequest(draft, Given.Noon.AddHours(24))).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void GrowthBy_OfAnImage_IsWhatTheUploadDidNotAnnounce()
    {
        var attachment = Begin();
        var announced = attachment.DeclaredBytes;

        attachment.GrowthBy(_content with { Bytes = announced }).ShouldBe(0);
        attachment.GrowthBy(_content with { Bytes = announced - 3, ThumbnailBytes = 2 }).ShouldBe(0);
        attachment.GrowthBy(_content with { Bytes = announced, ThumbnailBytes = 2 }).ShouldBe(2);
    }

    [Fact]
    public void EnsureSameRequest_OfEachMember_ComparesIt()
    {
        var conversationId = new ConversationId(Guid.CreateVersion7());
        var draft = Draft(conversationId: conversationId, description: "Alt");
        var attachment = Begin(draft);

        attachment.EnsureSameRequest(Draft(conversationId: conversationId, description: "Alt"), Given.Noon);
        AttachmentDraft[] others =
        [
            Draft(conversationId: conversationId, name: "other.pdf", description: "Alt"),
            Draft(conversationId: conversationId),
            Draft(bytes: 11, conversationId: conversationId, description: "Alt"),
            Draft(AttachmentKind.Image, conversationId: conversationId, description: "Alt"),
            Draft(AttachmentKind.Voice, conversationId: conversationId, description: "Alt", voice: new VoiceNote(1000, [1])),
            Draft(description: "Alt"),
        ];
        others.ShouldAllBe(other => ThrownError.CodeOf(() => attachment.EnsureSameRequest(other, Given.Noon)) == "attachment.client_id_reused");
    }

    [Theory]
    [InlineData(299, 1, false)]
    [InlineData(300, 1, true)]
    [InlineData(600_000, 100, true)]
    [InlineData(600_001, 1, false)]
    [InlineData(1000, 0, false)]
    [InlineData(1000, 101, false)]
    public void VoiceNote_OfADurationAndWaveform_IsLimited(int durationMs, int values, bool isValid)
    {
        VoiceNote.IsValid(durationMs, [.. Enumerable.Repeat(50, values)]).ShouldBe(isValid);
        if (!isValid)
            ThrownError.CodeOf(() => _ = new VoiceNote(durationMs, [.. Enumerable.Repeat(50, values)])).ShouldBe("attachment.invalid_voice");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(101)]
    [InlineData(int.MaxValue)]
    public void VoiceNote_WithAValueOutOfRange_IsInvalid(int value) => VoiceNote.IsValid(1000, [0, value, 100]).ShouldBeFalse();

    [Fact]
    public void Draft_WithVoiceOfAnotherKind_IsRejected()
    {
        ThrownError.CodeOf(() => Draft(AttachmentKind.File, voice: new VoiceNote(1000, [1]))).ShouldBe("attachment.invalid_voice");
        ThrownError.CodeOf(() => Draft(AttachmentKind.Voice)).ShouldBe("attachment.invalid_voice");
        ThrownError.CodeOf(() => Draft(bytes: 0)).ShouldBe("attachment.empty");
    }

    [Fact]
    public void SetLimit_OfAUser_IsLimitedAndReturnsToThePolicy()
    {
        var allowance = Allowance(Given.Investor.Id);

        allowance.SetLimit(StorageAllowance.BytesLimitMax);
        allowance.LimitBy(AttachmentPolicy.Default).ShouldBe(StorageAllowance.BytesLimitMax);
        ThrownError.CodeOf(() => allowance.SetLimit(StorageAllowance.BytesLimitMax + 1)).ShouldBe("attachment.invalid_storage_limit");
        ThrownError.CodeOf(() => allowance.SetLimit(-1)).ShouldBe("attachment.invalid_storage_limit");
        allowance.SetLimit(0);
        allowance.LimitBy(AttachmentPolicy.Default).ShouldBe(0);
        allowance.SetLimit(null);
        allowance.LimitBy(AttachmentPolicy.Default).ShouldBe(AttachmentPolicy.DefaultUserBytes);
    }

    private static Attachment Ready()
    {
        var attachment = Received();
        attachment.Complete(_content, Given.Noon).ShouldBeTrue();

        return attachment;
    }

    private static Attachment Received()
    {
        var attachment = Begin();
        attachment.Receive(0, 10, Given.Noon);

        return attachment;
    }

    private static Attachment Begin(AttachmentDraft? draft = null, StorageUse? use = null, AttachmentPolicy? policy = null) =>
        Attachment.Begin(
            draft ?? Draft(),
            Allowance(Given.Investor.Id),
            use ?? new StorageUse(0, 0),
            policy ?? AttachmentPolicy.Default,
            KeyOf,
            Given.Noon);

    private static byte[] KeyOf(AttachmentId id) => id.Value.ToByteArray();

    private static StorageAllowance Allowance(Guid userId) => StorageAllowance.Open(new UserId(userId));

    private static AttachmentDraft Draft(
        AttachmentKind kind = AttachmentKind.File,
        long bytes = 10,
        string name = "plan.pdf",
        string? description = null,
        VoiceNote? voice = null,
        ConversationId? conversationId = null) => new(
        new UserId(Given.Investor.Id),
        conversationId ?? new ConversationId(Guid.CreateVersion7()),
        new ClientUploadId(Guid.CreateVersion7()),
        kind,
        name,
        bytes,
        description,
        voice);
}
